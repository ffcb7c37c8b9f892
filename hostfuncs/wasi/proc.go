package wasi

import (
	"runtime"

	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/sys"
)

// procExit ends the guest: the call into it returns a [sys.ExitError] with the
// guest's exit code. It is the only function without a result.
var procExit = function{
	name:   "proc_exit",
	params: "rval",
	types:  []api.ValueType{api.ValueTypeI32},
	void:   true,
	call: func(_ *Host, _ memory, s []uint64) Errno {
		panic(sys.NewExitError(uint32(s[0])))
	},
}

// signalPipe is the number of the signal for writing to what nobody reads.
const signalPipe = 13

// signals is the number of signals of preview 1, none included.
const signals = 31

// procRaise raises a signal in this very process, as WasmEdge does. Signal 0 is
// none.
func (h *Host) procRaise(_ memory, sig uint8) Errno {
	if sig >= signals {
		return EINVAL
	}
	if sig == 0 {
		return Success
	}
	return errnoOf(raise(uint32(sig)))
}

// schedYield lets other threads run.
func (h *Host) schedYield(memory) Errno {
	runtime.Gosched()
	return Success
}
