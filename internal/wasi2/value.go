package wasi2

import "github.com/wazedge/wazedge/internal/component/exec"

// Values in the form that components are given them.

func number[T ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~int](n T) exec.Value {
	return exec.Value{Bits: uint64(n)}
}

func boolean(b bool) exec.Value {
	if b {
		return number(1)
	}
	return number(0)
}

func bytesOf(b []byte) exec.Value { return exec.Value{Bytes: b} }

func list(values ...exec.Value) exec.Value { return exec.Value{List: values} }

// some and none are options.
func some(v exec.Value) exec.Value { return exec.Value{Bits: 1, List: []exec.Value{v}} }

var none = exec.Value{}

// ok is a result without an error; done is one that has no value either.
func ok(v exec.Value) exec.Value { return exec.Value{List: []exec.Value{v}} }

var done = exec.Value{}

// failed is a result that is an error.
func failed(v exec.Value) exec.Value { return exec.Value{Bits: 1, List: []exec.Value{v}} }

// variant is a case with a value.
func variant(n int, v exec.Value) exec.Value {
	return exec.Value{Bits: uint64(n), List: []exec.Value{v}}
}
