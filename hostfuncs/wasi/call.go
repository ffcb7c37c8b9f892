package wasi

import (
	"unsafe"

	"github.com/tetratelabs/wazero/api"
)

// function is a WASI function: its name, the names of its parameters in one
// space-separated string, and what does it. The wasm signature comes from the Go
// types of the Go function, so that they cannot disagree.
type function struct {
	name   string
	params string
	types  []api.ValueType
	masks  []uint8 // the bits that are 0 in each parameter, as it is aligned
	void   bool    // returns no error number
	call   func(h *Host, m memory, stack []uint64) Errno
}

// word is what a wasm parameter of a WASI function can be. What is narrower than
// the parameter is its low bits.
type word interface {
	~uint8 | ~uint16 | ~int32 | ~uint32 | ~int64 | ~uint64
}

func typeOf[T word]() api.ValueType {
	if unsafe.Sizeof(T(0)) == 8 {
		return api.ValueTypeI64
	}
	return api.ValueTypeI32
}

// maskOf is the bits that are 0 in an address of type T.
func maskOf[T word]() uint8 {
	switch any(T(0)).(type) {
	case ptr16:
		return 1
	case ptr32:
		return 3
	case ptr64:
		return 7
	default:
		return 0
	}
}

// invoke calls f. As in WasmEdge, addresses that are not aligned are refused
// before anything else is looked at.
func (f *function) invoke(h *Host, m memory, stack []uint64) Errno {
	for i, mask := range f.masks {
		if uint8(stack[i])&mask != 0 {
			return EADDRNOTAVAIL
		}
	}
	return f.call(h, m, stack)
}

func fn0(name string, f func(*Host, memory) Errno) function {
	return function{name: name, call: func(h *Host, m memory, _ []uint64) Errno { return f(h, m) }}
}

func fn1[A word](name, params string, f func(*Host, memory, A) Errno) function {
	return function{name: name, params: params,
		types: []api.ValueType{typeOf[A]()},
		masks: []uint8{maskOf[A]()},
		call: func(h *Host, m memory, s []uint64) Errno {
			return f(h, m, A(s[0]))
		}}
}

func fn2[A, B word](name, params string, f func(*Host, memory, A, B) Errno) function {
	return function{name: name, params: params,
		types: []api.ValueType{typeOf[A](), typeOf[B]()},
		masks: []uint8{maskOf[A](), maskOf[B]()},
		call: func(h *Host, m memory, s []uint64) Errno {
			return f(h, m, A(s[0]), B(s[1]))
		}}
}

func fn3[A, B, C word](name, params string, f func(*Host, memory, A, B, C) Errno) function {
	return function{name: name, params: params,
		types: []api.ValueType{typeOf[A](), typeOf[B](), typeOf[C]()},
		masks: []uint8{maskOf[A](), maskOf[B](), maskOf[C]()},
		call: func(h *Host, m memory, s []uint64) Errno {
			_ = s[2]
			return f(h, m, A(s[0]), B(s[1]), C(s[2]))
		}}
}

func fn4[A, B, C, D word](name, params string, f func(*Host, memory, A, B, C, D) Errno) function {
	return function{name: name, params: params,
		types: []api.ValueType{typeOf[A](), typeOf[B](), typeOf[C](), typeOf[D]()},
		masks: []uint8{maskOf[A](), maskOf[B](), maskOf[C](), maskOf[D]()},
		call: func(h *Host, m memory, s []uint64) Errno {
			_ = s[3]
			return f(h, m, A(s[0]), B(s[1]), C(s[2]), D(s[3]))
		}}
}

func fn5[A, B, C, D, E word](name, params string, f func(*Host, memory, A, B, C, D, E) Errno) function {
	return function{name: name, params: params,
		types: []api.ValueType{typeOf[A](), typeOf[B](), typeOf[C](), typeOf[D](), typeOf[E]()},
		masks: []uint8{maskOf[A](), maskOf[B](), maskOf[C](), maskOf[D](), maskOf[E]()},
		call: func(h *Host, m memory, s []uint64) Errno {
			_ = s[4]
			return f(h, m, A(s[0]), B(s[1]), C(s[2]), D(s[3]), E(s[4]))
		}}
}

func fn6[A, B, C, D, E, F word](name, params string, f func(*Host, memory, A, B, C, D, E, F) Errno) function {
	return function{name: name, params: params,
		types: []api.ValueType{typeOf[A](), typeOf[B](), typeOf[C](), typeOf[D](), typeOf[E](), typeOf[F]()},
		masks: []uint8{maskOf[A](), maskOf[B](), maskOf[C](), maskOf[D](), maskOf[E](), maskOf[F]()},
		call: func(h *Host, m memory, s []uint64) Errno {
			_ = s[5]
			return f(h, m, A(s[0]), B(s[1]), C(s[2]), D(s[3]), E(s[4]), F(s[5]))
		}}
}

func fn7[A, B, C, D, E, F, G word](name, params string, f func(*Host, memory, A, B, C, D, E, F, G) Errno) function {
	return function{name: name, params: params,
		types: []api.ValueType{typeOf[A](), typeOf[B](), typeOf[C](), typeOf[D](), typeOf[E](), typeOf[F](), typeOf[G]()},
		masks: []uint8{maskOf[A](), maskOf[B](), maskOf[C](), maskOf[D](), maskOf[E](), maskOf[F](), maskOf[G]()},
		call: func(h *Host, m memory, s []uint64) Errno {
			_ = s[6]
			return f(h, m, A(s[0]), B(s[1]), C(s[2]), D(s[3]), E(s[4]), F(s[5]), G(s[6]))
		}}
}

func fn8[A, B, C, D, E, F, G, H word](name, params string, f func(*Host, memory, A, B, C, D, E, F, G, H) Errno) function {
	return function{name: name, params: params,
		types: []api.ValueType{typeOf[A](), typeOf[B](), typeOf[C](), typeOf[D](), typeOf[E](), typeOf[F](), typeOf[G](), typeOf[H]()},
		masks: []uint8{maskOf[A](), maskOf[B](), maskOf[C](), maskOf[D](), maskOf[E](), maskOf[F](), maskOf[G](), maskOf[H]()},
		call: func(h *Host, m memory, s []uint64) Errno {
			_ = s[7]
			return f(h, m, A(s[0]), B(s[1]), C(s[2]), D(s[3]), E(s[4]), F(s[5]), G(s[6]), H(s[7]))
		}}
}

func fn9[A, B, C, D, E, F, G, H, I word](name, params string, f func(*Host, memory, A, B, C, D, E, F, G, H, I) Errno) function {
	return function{name: name, params: params,
		types: []api.ValueType{typeOf[A](), typeOf[B](), typeOf[C](), typeOf[D](), typeOf[E](), typeOf[F](), typeOf[G](), typeOf[H](), typeOf[I]()},
		masks: []uint8{maskOf[A](), maskOf[B](), maskOf[C](), maskOf[D](), maskOf[E](), maskOf[F](), maskOf[G](), maskOf[H](), maskOf[I]()},
		call: func(h *Host, m memory, s []uint64) Errno {
			_ = s[8]
			return f(h, m, A(s[0]), B(s[1]), C(s[2]), D(s[3]), E(s[4]), F(s[5]), G(s[6]), H(s[7]), I(s[8]))
		}}
}
