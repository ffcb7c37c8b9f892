package value

import (
	"errors"
	"fmt"
)

// Reasons for which [Parse] refuses a text.
var (
	// ErrSyntax says that the text does not start with a number.
	ErrSyntax = errors.New("not a number")
	// ErrRange says that the number does not fit.
	ErrRange = errors.New("out of range")
)

// ArgumentError says which argument of a call cannot be read. Its text is that
// of WasmEdge.
type ArgumentError struct {
	Text     string // the argument as typed
	Position int    // number of the parameter, from 1
	Kind     Kind   // what was expected
	Err      error  // ErrSyntax or ErrRange
}

// Error is WasmEdge's text for an argument that it cannot read.
func (e *ArgumentError) Error() string {
	if errors.Is(e.Err, ErrRange) {
		return fmt.Sprintf("Argument '%s' for parameter %d: %s out of range", e.Text, e.Position, e.Kind)
	}
	return fmt.Sprintf("Invalid argument '%s' for parameter %d: expected %s", e.Text, e.Position, e.Kind)
}

// Unwrap gives the reason.
func (e *ArgumentError) Unwrap() error { return e.Err }

// CountError says that a function is called with too few arguments. Its text is
// that of WasmEdge.
type CountError struct {
	Function string
	Want     int
	Got      int
}

// Error is WasmEdge's text for too few arguments.
func (e *CountError) Error() string {
	return fmt.Sprintf("function `%s` expects %d argument(s), got %d", e.Function, e.Want, e.Got)
}

// Parse reads text as a number of kind k: i32 and i64 as strtol reads 64 bits
// (the low half is the i32), f32 as strtof, f64 as strtod; all ignore what
// follows the number. The error is [ErrSyntax] or [ErrRange]; for a kind that is
// not [Kind.Typed] it is ErrSyntax.
func Parse(text string, k Kind) (Value, error) {
	v := Value{Kind: k}
	var err error
	switch k {
	case I32, I64:
		var i int64
		i, err = parseInteger(text)
		v.Lo = uint64(i)
		if k == I32 {
			v.Lo = uint64(uint32(i))
		}
	case F32:
		v.Lo, err = parseFloat(text, 32)
	case F64:
		v.Lo, err = parseFloat(text, 64)
	default:
		err = ErrSyntax
	}
	if err != nil {
		return Value{}, err
	}
	return v, nil
}

// ParseArguments reads the arguments of a call of function by WasmEdge's rules:
// too few are a [*CountError]; the text for a parameter that cannot be typed is
// consumed without yielding a value; surplus texts are read as i64 and appended,
// so that the call fails for its signature. The error for an unreadable text is
// an [*ArgumentError]; the position that WasmEdge gives for a surplus argument
// counts the name of the function.
func ParseArguments(function string, params []Kind, texts []string) ([]Value, error) {
	if len(texts) < len(params) {
		return nil, &CountError{Function: function, Want: len(params), Got: len(texts)}
	}
	values := make([]Value, 0, len(texts))
	for i, text := range texts {
		kind, position := I64, i+2
		if i < len(params) {
			kind, position = params[i], i+1
			if !kind.Typed() {
				continue
			}
		}
		v, err := Parse(text, kind)
		if err != nil {
			return nil, &ArgumentError{Text: text, Position: position, Kind: kind, Err: err}
		}
		values = append(values, v)
	}
	return values, nil
}
