package diagnose

import "github.com/wazedge/wazedge/internal/fault"

// StartError is the failure of a module's start function. WasmEdge prints the
// statistics of the call between the lines of Call and that of Node.
type StartError struct {
	Call   *fault.Error // what has happened in the function
	Node   string       // the information line of where that was
	Frames []Frame      // the calls that were under way, innermost first; only of a trap
}

// Error is the fault and the place, in one line.
func (e *StartError) Error() string { return e.Unwrap().Error() }

// Unwrap is the fault with all its lines.
func (e *StartError) Unwrap() error {
	f := *e.Call
	f.Info = append(f.Info[:len(f.Info):len(f.Info)], e.Node)
	return &f
}

// StartExitError says that the guest has called proc_exit in its start function,
// which WasmEdge takes for a failed instantiation without a code: it logs nothing
// but the line of [StartExitError.Error].
type StartExitError struct{}

// Error is that line.
func (*StartExitError) Error() string { return "    " + fault.ASTNode("module") }
