package wasmedge

import (
	"errors"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/fault"
)

// Result is how something ended: well, or with one of WasmEdge's codes, or with a code of a
// host function's own. The errors of this package are of type *Result.
type Result struct {
	code  uint32
	cause *cause
}

// cause is the error behind a Result; it makes no difference between two Results of host
// functions, which have none.
type cause struct{ err error }

// What a host function can end with.
var (
	Result_Success   = Result{code: uint32(fault.Success)}
	Result_Terminate = Result{code: uint32(fault.Terminated)}
	Result_Fail      = Result{code: uint32(fault.RuntimeError)}
)

// ErrCategory is whose code a [Result] has.
type ErrCategory uint32

// The categories: WasmEdge's codes, and those of host functions.
const (
	ErrCategory_WASM ErrCategory = iota
	ErrCategory_UserLevel
)

// The parts of a code: the category above 24 bits.
const (
	categoryShift = 24
	codeMask      = 1<<categoryShift - 1
)

// NewResult is a Result of a category, with the low 24 bits of code.
func NewResult(cate ErrCategory, code int) Result {
	return Result{code: uint32(cate)<<categoryShift | uint32(code)&codeMask}
}

// Error is WasmEdge's text of the code.
func (r *Result) Error() string {
	if r.GetErrorCategory() != ErrCategory_WASM {
		return fault.UserDefError.Message()
	}
	return fault.Code(r.code).Message()
}

// GetCode is the code without the category.
func (r *Result) GetCode() int { return int(r.code & codeMask) }

// GetErrorCategory is whose code it is.
func (r *Result) GetErrorCategory() ErrCategory { return ErrCategory(r.code >> categoryShift) }

// Unwrap is the error behind r, which tells more: often a [*compat.Error].
func (r *Result) Unwrap() error {
	if r.cause == nil {
		return nil
	}
	return r.cause.err
}

// failure is the error of a code.
func failure(c fault.Code) *Result { return &Result{code: uint32(c)} }

// failed is the error for err: that of a host function's Result if one has ended the guest,
// else one with err's code. It is logged.
func failed(err error) error {
	if h, ok := errors.AsType[*hostFailure](err); ok {
		logFailure(err)
		return &Result{h.result.code, &cause{err}}
	}
	logFailure(err)
	if r, ok := errors.AsType[*Result](err); ok {
		return r
	}
	code, ok := fault.CodeOf(err)
	if !ok {
		code = fault.RuntimeError
	}
	return &Result{uint32(code), &cause{err}}
}

// terminated reports whether err is the end that a guest has asked for, or a host function
// by [Result_Terminate], which is no failure; and the exit status.
func terminated(err error) (status uint32, ok bool) {
	if e, ok := errors.AsType[*compat.ExitError](err); ok {
		return e.Status, true
	}
	if errors.As(err, new(*compat.StartExitError)) {
		return 0, true
	}
	h, ok := errors.AsType[*hostFailure](err)
	return 0, ok && h.result.code == Result_Terminate.code
}

// hostFailure is the error by which a host function ends a guest.
type hostFailure struct{ result Result }

func (h *hostFailure) Error() string { return h.result.Error() }
