package cli

import (
	"fmt"
	"os"
)

// emptyComponent is the size of a component without sections: magic and version.
const emptyComponent = 8

// component answers the attempt to run a component under --enable-component. One
// without sections is answered as WasmEdge does: it can be instantiated, but
// exports nothing. Any other is refused for err.
func (r *runner) component(path string, args []string, err error) int {
	r.log.Warning("component model is an experimental proposal")
	info, statErr := os.Stat(path)
	if statErr != nil || info.Size() != emptyComponent {
		r.log.Fault(err)
		r.explain(path, err)
		return statusFailed
	}
	r.log.Warning("Component Model Validation is in active development.")
	if len(args) == 0 {
		return r.complain(functionRequired)
	}
	return r.complain(fmt.Sprintf("Function \"%s\" not found in the component export list.", args[0]))
}
