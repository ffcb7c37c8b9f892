package wasmedge

import (
	"sync"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/fault"
)

// Global is a global: of an instance, or one of the host's own, which belongs to the guests
// of the first store that it gets to.
type Global struct {
	typ compat.GlobalType

	mu    sync.Mutex
	in    *world
	guest *compat.Global // nil for one that no guest has
	own   interface{}    // before that
}

// NewGlobal is a global of the host's own with the value val; nil where that is not of
// gtype's type.
func NewGlobal(gtype *GlobalType, val interface{}) *Global {
	if gtype == nil || !fits(val, gtype.typ.Type) {
		return nil
	}
	return &Global{typ: gtype.typ, own: val}
}

// fits reports whether v is a value of type t.
func fits(v interface{}, t compat.ValType) bool {
	switch v.(type) {
	case FuncRef:
		return kindOfValue(t) == value.FuncRef
	case ExternRef:
		return kindOfValue(t) == value.ExternRef
	}
	x, err := (*world)(nil).toValue(v)
	return err == nil && x.Kind == kindOfValue(t)
}

// bits are the bits of the value of one of the host's own; a reference is put in later.
func (g *Global) bits() []uint64 {
	if g.typ.Type.IsRef() {
		return nil
	}
	v, err := (*world)(nil).toValue(g.own)
	if err != nil {
		return nil
	}
	return []uint64{v.Lo, v.Hi}
}

// attach has g be the global of guests of w, with its value.
func (g *Global) attach(w *world, guest *compat.Global) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.guest != nil {
		return errElsewhere
	}
	if g.typ.Type.IsRef() {
		v, err := w.toValue(g.own)
		if err != nil {
			return err
		}
		if !v.Null && !guest.Set(v) {
			return errElsewhere
		}
	}
	g.in, g.guest, g.own = w, guest, nil
	return nil
}

// GetGlobalType is the type.
func (g *Global) GetGlobalType() *GlobalType { return &GlobalType{g.typ} }

// GetValue is the present value; 0 or null when the store is released.
func (g *Global) GetValue() interface{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.guest == nil:
		return g.own
	case g.in.closed.Load():
		return g.in.fromValue(zeros([]compat.ValType{g.typ.Type})[0])
	}
	return g.in.fromValue(g.guest.Get())
}

// SetValue changes the value of a global that can change, to one of its type.
func (g *Global) SetValue(val interface{}) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case !g.typ.Mutable:
		return failed(fault.New(fault.SetValueToConst))
	case !fits(val, g.typ.Type):
		return failed(fault.New(fault.SetValueErrorType))
	case g.guest == nil:
		g.own = val
		return nil
	}
	if g.in.closed.Load() {
		return failed(errReleased)
	}
	v, err := g.in.toValue(val)
	if err != nil {
		return failed(err)
	}
	if !g.guest.Set(v) {
		return failed(fault.New(fault.SetValueErrorType))
	}
	return nil
}

// Release does nothing: a global takes nothing but memory of Go's.
func (g *Global) Release() {}
