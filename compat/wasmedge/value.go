package wasmedge

import (
	"fmt"
	"math"
	"strconv"
	"sync"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// V128 is a vector.
type V128 struct{ high, low uint64 }

// NewV128 is the vector of two halves.
func NewV128(high uint64, low uint64) V128 { return V128{high, low} }

// GetVal are the high and the low half.
func (v V128) GetVal() (uint64, uint64) { return v.high, v.low }

// FuncRef is a reference to a function; the zero value is null.
type FuncRef struct{ function *Function }

// NewFuncRef is a reference to a function; null for nil.
func NewFuncRef(funcinst *Function) FuncRef { return FuncRef{funcinst} }

// GetRef is the function, or nil.
func (r FuncRef) GetRef() *Function { return r.function }

// ExternRef is a reference to a value of Go's; the zero value is null. Guests get a number
// for it, and no pointer.
type ExternRef struct{ extern *extern }

// extern is a value of Go's that guests may have, by a handle in each world.
type extern struct {
	mu       sync.Mutex
	value    interface{}
	released bool
	handles  map[*world]uint64
}

// NewExternRef is a reference to ptr, which need not be a pointer. It lives until
// [ExternRef.Release].
func NewExternRef(ptr interface{}) ExternRef { return ExternRef{&extern{value: ptr}} }

// GetRef is the value; nil for a null reference, and when it is released.
func (r ExternRef) GetRef() interface{} {
	if r.extern == nil {
		return nil
	}
	r.extern.mu.Lock()
	defer r.extern.mu.Unlock()
	return r.extern.value
}

// Release lets go of the value. A guest that still has the reference can hand it around,
// and gets nothing for it.
func (r ExternRef) Release() {
	if r.extern == nil {
		return
	}
	r.extern.mu.Lock()
	handles := r.extern.handles
	r.extern.value, r.extern.handles, r.extern.released = nil, nil, true
	r.extern.mu.Unlock()
	for w, handle := range handles {
		w.mu.Lock()
		delete(w.externs, handle)
		w.mu.Unlock()
	}
}

// handle is the number of x in w.
func (w *world) handle(x *extern) (uint64, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.released {
		return 0, fmt.Errorf("a reference that is released: %w", fault.RefTypeMismatch)
	}
	if h, ok := x.handles[w]; ok {
		return h, nil
	}
	w.last++
	if x.handles == nil {
		x.handles = map[*world]uint64{}
	}
	x.handles[w] = w.last
	w.externs[w.last] = x
	return w.last, nil
}

// toValue is v, of one of the types of Go that the SDK takes, as a value of w, which may be
// nil for what is no reference.
func (w *world) toValue(v interface{}) (value.Value, error) {
	switch x := v.(type) {
	case int32:
		return value.OfI32(x), nil
	case uint32:
		return value.OfI32(int32(x)), nil
	case int64:
		return value.OfI64(x), nil
	case uint64:
		return value.OfI64(int64(x)), nil
	case int:
		return ofInt(int64(x)), nil
	case uint:
		return ofInt(int64(x)), nil
	case float32:
		return value.Value{Kind: value.F32, Lo: uint64(math.Float32bits(x))}, nil
	case float64:
		return value.Value{Kind: value.F64, Lo: math.Float64bits(x)}, nil
	case V128:
		return value.Value{Kind: value.V128, Lo: x.low, Hi: x.high}, nil
	case ExternRef:
		return w.externValue(x)
	case FuncRef:
		return w.funcValue(x)
	}
	return value.Value{}, fmt.Errorf("a value of type %T: %w", v, fault.FuncSigMismatch)
}

// ofInt is an int of Go's: i64, or i32 where that is how large it is.
func ofInt(x int64) value.Value {
	if strconv.IntSize == 32 {
		return value.OfI32(int32(x))
	}
	return value.OfI64(x)
}

func (w *world) externValue(r ExternRef) (value.Value, error) {
	if r.extern == nil {
		return value.Value{Kind: value.ExternRef, Null: true}, nil
	}
	h, err := w.handle(r.extern)
	return value.Value{Kind: value.ExternRef, Lo: h}, err
}

func (w *world) toValues(list []interface{}) ([]value.Value, error) {
	vs := make([]value.Value, len(list))
	for n, v := range list {
		var err error
		if vs[n], err = w.toValue(v); err != nil {
			return nil, err
		}
	}
	return vs, nil
}

// fromValue is v as the SDK has it.
func (w *world) fromValue(v value.Value) interface{} {
	switch v.Kind {
	case value.I32:
		return int32(v.Lo)
	case value.I64:
		return int64(v.Lo)
	case value.F32:
		return math.Float32frombits(uint32(v.Lo))
	case value.F64:
		return math.Float64frombits(v.Lo)
	case value.V128:
		return V128{v.Hi, v.Lo}
	case value.FuncRef:
		return w.fromFunc(v)
	case value.ExternRef:
		if v.Null {
			return ExternRef{}
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		return ExternRef{w.externs[v.Lo]}
	}
	return nil
}

func (w *world) fromValues(vs []value.Value) []interface{} {
	list := make([]interface{}, len(vs))
	for n, v := range vs {
		list[n] = w.fromValue(v)
	}
	return list
}

// zeros are the values of types ts that are 0 or null.
func zeros(ts []compat.ValType) []value.Value {
	vs := make([]value.Value, len(ts))
	for n, t := range ts {
		vs[n] = value.Value{Kind: kindOfValue(t), Null: t.IsRef()}
	}
	return vs
}

// noTypes are the types of a module without any.
var noTypes = wasm.NewTypeStore().Space(&wasm.Module{})

func kindOfValue(t compat.ValType) value.Kind {
	if t.IsRef() && t.Heap().IsIndex() {
		return value.FuncRef
	}
	return compat.KindOf(t, noTypes)
}
