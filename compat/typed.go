package compat

import (
	"context"
	"math"
	"reflect"
)

// Number is what parameters and results of typed host functions can be: i32, i64, f32 and
// f64 in Go's types.
type Number interface {
	~int32 | ~uint32 | ~int64 | ~uint64 | ~float32 | ~float64
}

// TypedFunc is a host function with its type, for [HostModule.Typed].
type TypedFunc struct {
	Type FuncType
	Call HostFunc
}

// Typed adds the function name, and returns h: see [Func0] and [Proc0].
func (h *HostModule) Typed(name string, f TypedFunc) *HostModule { return h.Func(name, f.Type, f.Call) }

// typeFor is the type of values of Go's type T.
func typeFor[T Number]() ValType {
	switch zero := any(*new(T)).(type) {
	case int32, uint32:
		return I32
	case int64, uint64:
		return I64
	case float32:
		return F32
	case float64:
		return F64
	default:
		return kinds[reflect.TypeOf(zero).Kind()]
	}
}

// kinds are the types of values of Go's kinds.
var kinds = [...]ValType{
	reflect.Int32: I32, reflect.Uint32: I32, reflect.Int64: I64, reflect.Uint64: I64,
	reflect.Float32: F32, reflect.Float64: F64,
}

// decode is the value that is on the stack as x.
func decode[T Number](x uint64) (v T) {
	switch typeFor[T]() {
	case F32:
		return T(math.Float32frombits(uint32(x)))
	case F64:
		return T(math.Float64frombits(x))
	}
	return T(x)
}

// encode is v as it is on the stack.
func encode[T Number](v T) uint64 {
	switch typeFor[T]() {
	case I32:
		return uint64(uint32(int64(v)))
	case F32:
		return uint64(math.Float32bits(float32(v)))
	case F64:
		return math.Float64bits(float64(v))
	}
	return uint64(v)
}

// Func0 is a host function of Go's types, whose parameters and result are numbers.
func Func0[R Number](f func(context.Context, *Caller) (R, error)) TypedFunc {
	return TypedFunc{FuncType{Results: []ValType{typeFor[R]()}}, func(ctx context.Context, c *Caller, s []uint64) error {
		r, err := f(ctx, c)
		s[0] = encode(r)
		return err
	}}
}

// Func1 is [Func0] with one parameter.
func Func1[A, R Number](f func(context.Context, *Caller, A) (R, error)) TypedFunc {
	return TypedFunc{FuncType{Params: []ValType{typeFor[A]()}, Results: []ValType{typeFor[R]()}}, func(ctx context.Context, c *Caller, s []uint64) error {
		r, err := f(ctx, c, decode[A](s[0]))
		s[0] = encode(r)
		return err
	}}
}

// Func2 is [Func0] with two parameters.
func Func2[A, B, R Number](f func(context.Context, *Caller, A, B) (R, error)) TypedFunc {
	return TypedFunc{FuncType{Params: []ValType{typeFor[A](), typeFor[B]()}, Results: []ValType{typeFor[R]()}}, func(ctx context.Context, c *Caller, s []uint64) error {
		r, err := f(ctx, c, decode[A](s[0]), decode[B](s[1]))
		s[0] = encode(r)
		return err
	}}
}

// Func3 is [Func0] with three parameters.
func Func3[A, B, C, R Number](f func(context.Context, *Caller, A, B, C) (R, error)) TypedFunc {
	return TypedFunc{FuncType{Params: []ValType{typeFor[A](), typeFor[B](), typeFor[C]()}, Results: []ValType{typeFor[R]()}}, func(ctx context.Context, c *Caller, s []uint64) error {
		r, err := f(ctx, c, decode[A](s[0]), decode[B](s[1]), decode[C](s[2]))
		s[0] = encode(r)
		return err
	}}
}

// Func4 is [Func0] with four parameters.
func Func4[A, B, C, D, R Number](f func(context.Context, *Caller, A, B, C, D) (R, error)) TypedFunc {
	return TypedFunc{FuncType{Params: []ValType{typeFor[A](), typeFor[B](), typeFor[C](), typeFor[D]()}, Results: []ValType{typeFor[R]()}}, func(ctx context.Context, c *Caller, s []uint64) error {
		r, err := f(ctx, c, decode[A](s[0]), decode[B](s[1]), decode[C](s[2]), decode[D](s[3]))
		s[0] = encode(r)
		return err
	}}
}

// Func5 is [Func0] with five parameters.
func Func5[A, B, C, D, E, R Number](f func(context.Context, *Caller, A, B, C, D, E) (R, error)) TypedFunc {
	return TypedFunc{FuncType{Params: []ValType{typeFor[A](), typeFor[B](), typeFor[C](), typeFor[D](), typeFor[E]()}, Results: []ValType{typeFor[R]()}}, func(ctx context.Context, c *Caller, s []uint64) error {
		r, err := f(ctx, c, decode[A](s[0]), decode[B](s[1]), decode[C](s[2]), decode[D](s[3]), decode[E](s[4]))
		s[0] = encode(r)
		return err
	}}
}

// Func6 is [Func0] with six parameters.
func Func6[A, B, C, D, E, F, R Number](f func(context.Context, *Caller, A, B, C, D, E, F) (R, error)) TypedFunc {
	return TypedFunc{FuncType{Params: []ValType{typeFor[A](), typeFor[B](), typeFor[C](), typeFor[D](), typeFor[E](), typeFor[F]()}, Results: []ValType{typeFor[R]()}}, func(ctx context.Context, c *Caller, s []uint64) error {
		r, err := f(ctx, c, decode[A](s[0]), decode[B](s[1]), decode[C](s[2]), decode[D](s[3]), decode[E](s[4]), decode[F](s[5]))
		s[0] = encode(r)
		return err
	}}
}

// Func7 is [Func0] with seven parameters.
func Func7[A, B, C, D, E, F, G, R Number](f func(context.Context, *Caller, A, B, C, D, E, F, G) (R, error)) TypedFunc {
	return TypedFunc{FuncType{Params: []ValType{typeFor[A](), typeFor[B](), typeFor[C](), typeFor[D](), typeFor[E](), typeFor[F](), typeFor[G]()}, Results: []ValType{typeFor[R]()}}, func(ctx context.Context, c *Caller, s []uint64) error {
		r, err := f(ctx, c, decode[A](s[0]), decode[B](s[1]), decode[C](s[2]), decode[D](s[3]), decode[E](s[4]), decode[F](s[5]), decode[G](s[6]))
		s[0] = encode(r)
		return err
	}}
}

// Func8 is [Func0] with eight parameters.
func Func8[A, B, C, D, E, F, G, H, R Number](f func(context.Context, *Caller, A, B, C, D, E, F, G, H) (R, error)) TypedFunc {
	return TypedFunc{FuncType{Params: []ValType{typeFor[A](), typeFor[B](), typeFor[C](), typeFor[D](), typeFor[E](), typeFor[F](), typeFor[G](), typeFor[H]()}, Results: []ValType{typeFor[R]()}}, func(ctx context.Context, c *Caller, s []uint64) error {
		r, err := f(ctx, c, decode[A](s[0]), decode[B](s[1]), decode[C](s[2]), decode[D](s[3]), decode[E](s[4]), decode[F](s[5]), decode[G](s[6]), decode[H](s[7]))
		s[0] = encode(r)
		return err
	}}
}

// Proc0 is a host function of Go's types without a result, whose parameters are numbers.
func Proc0(f func(context.Context, *Caller) error) TypedFunc {
	return TypedFunc{FuncType{}, func(ctx context.Context, c *Caller, s []uint64) error {
		return f(ctx, c)
	}}
}

// Proc1 is [Proc0] with one parameter.
func Proc1[A Number](f func(context.Context, *Caller, A) error) TypedFunc {
	return TypedFunc{FuncType{Params: []ValType{typeFor[A]()}}, func(ctx context.Context, c *Caller, s []uint64) error {
		return f(ctx, c, decode[A](s[0]))
	}}
}

// Proc2 is [Proc0] with two parameters.
func Proc2[A, B Number](f func(context.Context, *Caller, A, B) error) TypedFunc {
	return TypedFunc{FuncType{Params: []ValType{typeFor[A](), typeFor[B]()}}, func(ctx context.Context, c *Caller, s []uint64) error {
		return f(ctx, c, decode[A](s[0]), decode[B](s[1]))
	}}
}

// Proc3 is [Proc0] with three parameters.
func Proc3[A, B, C Number](f func(context.Context, *Caller, A, B, C) error) TypedFunc {
	return TypedFunc{FuncType{Params: []ValType{typeFor[A](), typeFor[B](), typeFor[C]()}}, func(ctx context.Context, c *Caller, s []uint64) error {
		return f(ctx, c, decode[A](s[0]), decode[B](s[1]), decode[C](s[2]))
	}}
}

// Proc4 is [Proc0] with four parameters.
func Proc4[A, B, C, D Number](f func(context.Context, *Caller, A, B, C, D) error) TypedFunc {
	return TypedFunc{FuncType{Params: []ValType{typeFor[A](), typeFor[B](), typeFor[C](), typeFor[D]()}}, func(ctx context.Context, c *Caller, s []uint64) error {
		return f(ctx, c, decode[A](s[0]), decode[B](s[1]), decode[C](s[2]), decode[D](s[3]))
	}}
}

// Proc5 is [Proc0] with five parameters.
func Proc5[A, B, C, D, E Number](f func(context.Context, *Caller, A, B, C, D, E) error) TypedFunc {
	return TypedFunc{FuncType{Params: []ValType{typeFor[A](), typeFor[B](), typeFor[C](), typeFor[D](), typeFor[E]()}}, func(ctx context.Context, c *Caller, s []uint64) error {
		return f(ctx, c, decode[A](s[0]), decode[B](s[1]), decode[C](s[2]), decode[D](s[3]), decode[E](s[4]))
	}}
}

// Proc6 is [Proc0] with six parameters.
func Proc6[A, B, C, D, E, F Number](f func(context.Context, *Caller, A, B, C, D, E, F) error) TypedFunc {
	return TypedFunc{FuncType{Params: []ValType{typeFor[A](), typeFor[B](), typeFor[C](), typeFor[D](), typeFor[E](), typeFor[F]()}}, func(ctx context.Context, c *Caller, s []uint64) error {
		return f(ctx, c, decode[A](s[0]), decode[B](s[1]), decode[C](s[2]), decode[D](s[3]), decode[E](s[4]), decode[F](s[5]))
	}}
}

// Proc7 is [Proc0] with seven parameters.
func Proc7[A, B, C, D, E, F, G Number](f func(context.Context, *Caller, A, B, C, D, E, F, G) error) TypedFunc {
	return TypedFunc{FuncType{Params: []ValType{typeFor[A](), typeFor[B](), typeFor[C](), typeFor[D](), typeFor[E](), typeFor[F](), typeFor[G]()}}, func(ctx context.Context, c *Caller, s []uint64) error {
		return f(ctx, c, decode[A](s[0]), decode[B](s[1]), decode[C](s[2]), decode[D](s[3]), decode[E](s[4]), decode[F](s[5]), decode[G](s[6]))
	}}
}

// Proc8 is [Proc0] with eight parameters.
func Proc8[A, B, C, D, E, F, G, H Number](f func(context.Context, *Caller, A, B, C, D, E, F, G, H) error) TypedFunc {
	return TypedFunc{FuncType{Params: []ValType{typeFor[A](), typeFor[B](), typeFor[C](), typeFor[D](), typeFor[E](), typeFor[F](), typeFor[G](), typeFor[H]()}}, func(ctx context.Context, c *Caller, s []uint64) error {
		return f(ctx, c, decode[A](s[0]), decode[B](s[1]), decode[C](s[2]), decode[D](s[3]), decode[E](s[4]), decode[F](s[5]), decode[G](s[6]), decode[H](s[7]))
	}}
}
