package wasi

import (
	"runtime"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// procExit ends the guest with its exit code. It is the only function without a result.
var procExit = abi.Raw("proc_exit", "rval", abi.Signature{Params: []abi.ValueType{abi.I32}},
	func(_ *Host, _ abi.Caller, s []uint64) error { return abi.Exit(uint32(s[0])) })

// signalPipe is the number of the signal for writing to what nobody reads.
const signalPipe = 13

// signals is the number of signals of preview 1, none included.
const signals = 31

// procRaise raises a signal in this very process, as WasmEdge does. Signal 0 is
// none.
//
//   - sig: 0 none, 1 HUP, 2 INT, 3 QUIT and so on to 30 SYS
//
// Errors: INVAL for another signal; NOTSUP for what the system does not have.
//
// Memory: nothing.
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
//
// Errors: none.
//
// Memory: nothing.
func (h *Host) schedYield(memory) Errno {
	runtime.Gosched()
	return Success
}
