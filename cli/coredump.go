package cli

import (
	"fmt"
	"io"
	"time"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/fault"
)

// dumpCore writes the state of a guest that trapped, with the calls in frames under
// way, to coredump.TIME in the working directory, if that was asked for, with
// WasmEdge's log.
func (r *runner) dumpCore(trap *fault.Error, frames []compat.Frame) {
	if !r.options.Coredump || trap.Code.Phase() != fault.Unreachable.Phase() {
		return
	}
	r.log.Info("Generating coredump...")
	if r.options.CoredumpForWasmgdb {
		r.log.Info("For wasmgdb")
	}
	err := writeFile(fmt.Sprintf("coredump.%d", time.Now().Unix()), func(w io.Writer) error {
		return r.fallen.WriteCoreDump(w, frames, r.options.CoredumpForWasmgdb)
	})
	if err != nil {
		r.log.Error(err.Error())
		return
	}
	r.log.Info("Coredump generated.")
}
