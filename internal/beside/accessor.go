package beside

import (
	"context"

	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/wasm"
)

// accessor makes an instance that gets at an object of from: one of a module that
// imports the object and has a function of type t, whose instructions e has.
func (b *Maker) accessor(from *engine.Instance, t wasm.FuncType, im wasm.Import, e *wasm.Emitter) (*engine.Instance, error) {
	m := moduleOf(t)
	im.Module = module
	m.Imports = []wasm.Import{im}
	return b.make(context.Background(), calling(m, 0, e), from)
}

// Vector is the value of the global name of vectors that from exports, which the engine shows half of.
func (b *Maker) Vector(from *engine.Instance, name string, t wasm.GlobalType) value.Value {
	var e wasm.Emitter
	e.X(wasm.OpGlobalGet, 0)
	values := []uint64{0, 0}
	inst, err := b.accessor(from, wasm.FuncType{Results: []wasm.ValType{wasm.V128}}, wasm.Import{Name: name, Kind: wasm.ExternGlobal, Global: t}, &e)
	if err == nil {
		// What only reads a global does not fail.
		_ = inst.Call(context.Background(), Call, values)
	}
	return value.Value{Kind: value.V128, Lo: values[0], Hi: values[1]}
}

// SetVector changes the value of the mutable global name of vectors that from exports, and
// reports whether that could be done.
func (b *Maker) SetVector(from *engine.Instance, name string, t wasm.GlobalType, v value.Value) bool {
	var e wasm.Emitter
	e.X(wasm.OpLocalGet, 0)
	e.X(wasm.OpGlobalSet, 0)
	inst, err := b.accessor(from, wasm.FuncType{Params: []wasm.ValType{wasm.V128}}, wasm.Import{Name: name, Kind: wasm.ExternGlobal, Global: t}, &e)
	return err == nil && inst.Call(context.Background(), Call, []uint64{v.Lo, v.Hi}) == nil
}

// Grow makes the table name that from exports grow by n null references, and reports whether
// it has.
func (b *Maker) Grow(from *engine.Instance, name string, t wasm.TableType, n uint64) bool {
	key := exported{from, name}
	grower := b.growers[key]
	if grower == nil {
		var e wasm.Emitter
		e.Null(t.Elem.Heap())
		e.X(wasm.OpLocalGet, 0)
		e.X(wasm.OpTableGrow, 0)
		number := []wasm.ValType{t.Limits.AddrType()}
		var err error
		if grower, err = b.accessor(from, wasm.FuncType{Params: number, Results: number}, wasm.Import{Name: name, Kind: wasm.ExternTable, Table: t}, &e); err != nil {
			return false
		}
		if b.growers == nil {
			b.growers = map[exported]*engine.Instance{}
		}
		b.growers[key] = grower
	}
	values := []uint64{n}
	err := grower.Call(context.Background(), Call, values)
	return err == nil && uint32(values[0]) != ^uint32(0)
}

// exported is something that an instance exports.
type exported struct {
	from *engine.Instance
	name string
}
