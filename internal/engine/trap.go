package engine

import (
	"errors"
	"runtime"
	"strconv"
	"strings"

	"github.com/wazedge/wazedge/internal/engine/private"
	"github.com/wazedge/wazedge/internal/fault"
)

// Trap is an execution that the engine has ended for what the guest did.
type Trap struct {
	// Code is WasmEdge's number for the reason, as far as the engine tells
	// reasons apart; see [Trap.Table].
	Code fault.Code

	// Table says that the reason is an access to a table, for which the engine has
	// one error: out of bounds (Code is then TableOutOfBounds), or for
	// call_indirect an undefined or uninitialized element.
	Table bool

	// Cause is the error with which a host function or a limit of the engine has
	// ended the execution; nil when the guest's own code trapped.
	Cause *fault.Error

	// Frames are the active functions, innermost first.
	Frames []Frame
}

// Error is the line of the code.
func (t *Trap) Error() string { return t.Code.Error() }

// Unwrap is the Cause, if there is one.
func (t *Trap) Unwrap() error {
	if t.Cause == nil {
		return nil
	}
	return t.Cause
}

// Is reports whether target is t's code.
func (t *Trap) Is(target error) bool {
	c, ok := target.(fault.Code)
	return ok && c == t.Code
}

// Defect is an error that no guest should be able to cause: wazero refused a
// module that we let pass, or something panicked.
type Defect struct {
	Err error
}

func (d *Defect) Error() string { return "engine: " + firstLine(d.Err) }

// Unwrap is the engine's error, stack trace included.
func (d *Defect) Unwrap() error { return d.Err }

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// trapCodes are the texts of wazero's errors (its internal/wasmruntime) in
// WasmEdge's terms.
var trapCodes = map[string]fault.Code{
	"invalid conversion to integer": fault.InvalidConvToInt,
	"integer overflow":              fault.IntegerOverflow,
	"integer divide by zero":        fault.DivideByZero,
	"unreachable":                   fault.Unreachable,
	"out of bounds memory access":   fault.MemoryOutOfBounds,
	"invalid table access":          fault.TableOutOfBounds,
	"indirect call type mismatch":   fault.IndirectCallTypeMismatch,
	"unaligned atomic":              fault.UnalignedAtomicAccess,
	"expected shared memory":        fault.ExpectSharedMemory,
	"uncaught exception":            fault.UncaughtException,
	"null reference":                fault.CastNullToNonNull,
}

// exhausted are those of wazero's errors for which WasmEdge has no code: it knows
// no such limits.
var exhausted = map[string]string{
	"stack overflow":   "The call stack is exhausted",
	"too many waiters": "Too many threads wait for one address",
}

// trapError turns what wazero returns from a call into what [Instance.Call]
// promises.
func trapError(err error) error {
	if e := exitOf(err); e != nil {
		return e
	}
	text := private.Failure(err)
	if code, ok := trapCodes[text]; ok {
		return &Trap{Code: code, Table: code == fault.TableOutOfBounds, Frames: frames(err)}
	}
	if info, ok := exhausted[text]; ok {
		return &Trap{Code: fault.RuntimeError, Cause: fault.New(fault.RuntimeError, info), Frames: frames(err)}
	}
	if cause := hostError(err); cause != nil {
		return &Trap{Code: cause.Code, Cause: cause, Frames: frames(err)}
	}
	return &Defect{Err: err}
}

// hostError is the error in err with which a host function has ended the
// execution, as what WasmEdge calls a failed host function unless it has a code of
// its own. A run-time error of Go is none: it is a defect.
func hostError(err error) *fault.Error {
	if _, defect := errors.AsType[runtime.Error](err); defect {
		return nil
	}
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return e
	}
	if c, ok := errors.AsType[fault.Code](err); ok {
		return fault.New(c)
	}
	if cause := private.Panicked(err); cause != nil {
		return &fault.Error{Code: fault.HostFuncError, Offset: -1, Err: cause}
	}
	return nil
}

// frames are those that the text of wazero's error err tells.
func frames(err error) (fs []Frame) {
	private.Trace(err, func(name, offset string) {
		f := frameOf(name)
		if n, err := strconv.ParseInt(offset, 16, 64); err == nil {
			f.Offset = n
		}
		fs = append(fs, f)
	})
	return fs
}

// ErrNoMemory is the error of an instantiation for whose linear memory there was no
// room.
var ErrNoMemory = errors.New("engine: linear memory cannot be allocated")
