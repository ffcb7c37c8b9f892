package abi

import (
	"fmt"
	"strings"

	"github.com/tetratelabs/wazero/sys"

	"github.com/wazedge/wazedge/internal/engine"
)

// Function is a function of a namespace. It is bound to no guest.
type Function struct {
	Module string // the namespace
	Name   string
	Type   Signature

	// params are the names of the parameters in one space-separated string; see [Fn1].
	params     string
	details    []parameter
	aligned    bool   // addresses have to be
	misaligned uint64 // what a call returns with one that is not
	// text is the name of a result that is an error number, or empty.
	text func(result uint64) string
	call func(state any, c Caller, stack []uint64) error
}

// Caller is who calls a function.
type Caller struct {
	Memory
	Instance engine.Caller
}

// Raw is a function that takes its parameters from the stack, leaves its results
// there, and ends the guest by an error. S is the type of the namespace's state.
func Raw[S any](name, params string, t Signature, f func(state S, c Caller, stack []uint64) error) Function {
	details := make([]parameter, len(t.Params))
	for i, p := range t.Params {
		details[i].kind = p
	}
	return Function{Name: name, Type: t, params: params, details: details,
		call: func(state any, c Caller, stack []uint64) error { return f(state.(S), c, stack) }}
}

// Exit is the error by which a function ends the guest as the guest has asked for.
func Exit(status uint32) error { return sys.NewExitError(status) }

// Invoke is f without what surrounds a call; see [Guest.Call]. Addresses that are not aligned are refused before anything else is
// looked at.
func (f *Function) Invoke(state any, c Caller, stack []uint64) error {
	if f.aligned && !f.addressesFit(stack) {
		stack[0] = f.misaligned
		return nil
	}
	return f.call(state, c, stack)
}

func (f *Function) addressesFit(stack []uint64) bool {
	for i := range f.details {
		if uint8(stack[i])&f.details[i].mask != 0 {
			return false
		}
	}
	return true
}

// ParameterNames are the names of f's parameters as they are shown in the
// engine's stack traces.
func (f *Function) ParameterNames() []string {
	names := strings.Fields(f.params)
	for i, n := range names {
		names[i] = n[strings.IndexByte(n, '.')+1:]
	}
	return names
}

// typed is a function whose wasm type follows from what it takes and returns.
func typed[R Word](name, params string, details []parameter, call func(state any, c Caller, stack []uint64) error) Function {
	f := Function{Name: name, params: params, details: details, call: call, text: textOf[R]()}
	n := len(details)
	kinds := make([]ValueType, n+1)
	for i := range details {
		kinds[i] = details[i].kind
	}
	kinds[n] = typeOf[R]()
	f.Type.Params, f.Type.Results = kinds[:n:n], kinds[n:]
	return f
}

// textOf is what shows a result of type R, if there is more to be shown than its number.
func textOf[R Word]() func(uint64) string {
	if _, ok := any(R(0)).(fmt.Stringer); !ok {
		return nil
	}
	return func(result uint64) string { return any(R(result)).(fmt.Stringer).String() }
}

// Fn0 is a function without parameters. S is the type of the namespace's state.
func Fn0[S any, R Word](name string, f func(S, Memory) R) Function {
	return typed[R](name, "", nil, func(state any, c Caller, s []uint64) error {
		s[0] = encode(f(state.(S), c.Memory))
		return nil
	})
}

// Fn1 is a function of one parameter. S is the type of the namespace's state, R that of
// its results, an error number as a rule. params are the names of the parameters,
// separated by spaces. What traces show of them follows from their types, and from a
// word and a full stop before a name: of a "text." at this address, whose length is
// the next parameter; the "bits" of which the parameter is a set; a "result." that the
// function leaves at this address, if it succeeds.
func Fn1[S any, R, A Word](name, params string, f func(S, Memory, A) R) Function {
	return typed[R](name, params, []parameter{parameterOf[A]()}, func(state any, c Caller, s []uint64) error {
		s[0] = encode(f(state.(S), c.Memory, A(s[0])))
		return nil
	})
}

// Fn2 is [Fn1] for two parameters.
func Fn2[S any, R, A, B Word](name, params string, f func(S, Memory, A, B) R) Function {
	return typed[R](name, params, []parameter{parameterOf[A](), parameterOf[B]()}, func(state any, c Caller, s []uint64) error {
		s[0] = encode(f(state.(S), c.Memory, A(s[0]), B(s[1])))
		return nil
	})
}

// Fn3 is [Fn1] for three parameters.
func Fn3[S any, R, A, B, C Word](name, params string, f func(S, Memory, A, B, C) R) Function {
	return typed[R](name, params, []parameter{parameterOf[A](), parameterOf[B](), parameterOf[C]()}, func(state any, c Caller, s []uint64) error {
		_ = s[2]
		s[0] = encode(f(state.(S), c.Memory, A(s[0]), B(s[1]), C(s[2])))
		return nil
	})
}

// Fn4 is [Fn1] for four parameters.
func Fn4[S any, R, A, B, C, D Word](name, params string, f func(S, Memory, A, B, C, D) R) Function {
	return typed[R](name, params, []parameter{parameterOf[A](), parameterOf[B](), parameterOf[C](), parameterOf[D]()}, func(state any, c Caller, s []uint64) error {
		_ = s[3]
		s[0] = encode(f(state.(S), c.Memory, A(s[0]), B(s[1]), C(s[2]), D(s[3])))
		return nil
	})
}

// Fn5 is [Fn1] for five parameters.
func Fn5[S any, R, A, B, C, D, E Word](name, params string, f func(S, Memory, A, B, C, D, E) R) Function {
	return typed[R](name, params, []parameter{parameterOf[A](), parameterOf[B](), parameterOf[C](), parameterOf[D](), parameterOf[E]()}, func(state any, c Caller, s []uint64) error {
		_ = s[4]
		s[0] = encode(f(state.(S), c.Memory, A(s[0]), B(s[1]), C(s[2]), D(s[3]), E(s[4])))
		return nil
	})
}

// Fn6 is [Fn1] for six parameters.
func Fn6[S any, R, A, B, C, D, E, F Word](name, params string, f func(S, Memory, A, B, C, D, E, F) R) Function {
	return typed[R](name, params, []parameter{parameterOf[A](), parameterOf[B](), parameterOf[C](), parameterOf[D](), parameterOf[E](), parameterOf[F]()}, func(state any, c Caller, s []uint64) error {
		_ = s[5]
		s[0] = encode(f(state.(S), c.Memory, A(s[0]), B(s[1]), C(s[2]), D(s[3]), E(s[4]), F(s[5])))
		return nil
	})
}

// Fn7 is [Fn1] for seven parameters.
func Fn7[S any, R, A, B, C, D, E, F, G Word](name, params string, f func(S, Memory, A, B, C, D, E, F, G) R) Function {
	return typed[R](name, params, []parameter{parameterOf[A](), parameterOf[B](), parameterOf[C](), parameterOf[D](), parameterOf[E](), parameterOf[F](), parameterOf[G]()}, func(state any, c Caller, s []uint64) error {
		_ = s[6]
		s[0] = encode(f(state.(S), c.Memory, A(s[0]), B(s[1]), C(s[2]), D(s[3]), E(s[4]), F(s[5]), G(s[6])))
		return nil
	})
}

// Fn8 is [Fn1] for eight parameters.
func Fn8[S any, R, A, B, C, D, E, F, G, H Word](name, params string, f func(S, Memory, A, B, C, D, E, F, G, H) R) Function {
	return typed[R](name, params, []parameter{parameterOf[A](), parameterOf[B](), parameterOf[C](), parameterOf[D](), parameterOf[E](), parameterOf[F](), parameterOf[G](), parameterOf[H]()}, func(state any, c Caller, s []uint64) error {
		_ = s[7]
		s[0] = encode(f(state.(S), c.Memory, A(s[0]), B(s[1]), C(s[2]), D(s[3]), E(s[4]), F(s[5]), G(s[6]), H(s[7])))
		return nil
	})
}

// Fn9 is [Fn1] for nine parameters.
func Fn9[S any, R, A, B, C, D, E, F, G, H, I Word](name, params string, f func(S, Memory, A, B, C, D, E, F, G, H, I) R) Function {
	return typed[R](name, params, []parameter{parameterOf[A](), parameterOf[B](), parameterOf[C](), parameterOf[D](), parameterOf[E](), parameterOf[F](), parameterOf[G](), parameterOf[H](), parameterOf[I]()}, func(state any, c Caller, s []uint64) error {
		_ = s[8]
		s[0] = encode(f(state.(S), c.Memory, A(s[0]), B(s[1]), C(s[2]), D(s[3]), E(s[4]), F(s[5]), G(s[6]), H(s[7]), I(s[8])))
		return nil
	})
}
