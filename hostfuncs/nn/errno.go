package nn

import "fmt"

// Errno is an error number of the namespace.
type Errno uint32

// The numbers that WasmEdge has.
const (
	Success              Errno = 0
	InvalidArgument      Errno = 1
	InvalidEncoding      Errno = 2
	MissingMemory        Errno = 3
	Busy                 Errno = 4
	RuntimeError         Errno = 5
	UnsupportedOperation Errno = 6
	TooLarge             Errno = 7
	NotFound             Errno = 8
	EndOfSequence        Errno = 100
	ContextFull          Errno = 101
	PromptTooLong        Errno = 102
	ModelNotFound        Errno = 103
)

// String is the name of the number.
func (e Errno) String() string {
	switch e {
	case Success:
		return "success"
	case InvalidArgument:
		return "invalid argument"
	case InvalidEncoding:
		return "invalid encoding"
	case MissingMemory:
		return "missing memory"
	case Busy:
		return "busy"
	case RuntimeError:
		return "runtime error"
	case UnsupportedOperation:
		return "unsupported operation"
	case TooLarge:
		return "too large"
	case NotFound:
		return "not found"
	case EndOfSequence:
		return "end of sequence"
	case ContextFull:
		return "context full"
	case PromptTooLong:
		return "prompt too long"
	case ModelNotFound:
		return "model not found"
	}
	return fmt.Sprintf("error %d", uint32(e))
}

// Error is what a backend cannot do: the number for the guest, and a line for the log, which
// is left out if it is empty.
type Error struct {
	Errno Errno
	Text  string
}

// Error is the line for the log.
func (e *Error) Error() string { return e.Text }

// failed is an error with a line.
func failed(n Errno, format string, args ...any) error {
	return &Error{n, fmt.Sprintf(format, args...)}
}
