package wasi2

import "github.com/wazedge/wazedge/internal/component/exec"

// Values in the form that components are given them.

// Number is a number, or the case of an enum.
func Number[T ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~int](n T) exec.Value {
	return exec.Value{Bits: uint64(n)}
}

// Boolean is a bool.
func Boolean(b bool) exec.Value {
	if b {
		return Number(1)
	}
	return Number(0)
}

// Bytes is a list of bytes.
func Bytes(b []byte) exec.Value { return exec.Value{Bytes: b} }

// List is a list, a record or a tuple.
func List(values ...exec.Value) exec.Value { return exec.Value{List: values} }

// Some is an option that has a value.
func Some(v exec.Value) exec.Value { return exec.Value{Bits: 1, List: []exec.Value{v}} }

// None is an option without one.
var None = exec.Value{}

// OK is a result without an error.
func OK(v exec.Value) exec.Value { return exec.Value{List: []exec.Value{v}} }

// Done is a result without an error or a value.
var Done = exec.Value{}

// Failed is a result that is an error.
func Failed(v exec.Value) exec.Value { return exec.Value{Bits: 1, List: []exec.Value{v}} }

// Variant is a case with a value.
func Variant(n int, v exec.Value) exec.Value {
	return exec.Value{Bits: uint64(n), List: []exec.Value{v}}
}
