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

// Grower is an instance whose function [Call] takes by how many null references the table name
// that from exports is to grow, and returns its size before or -1.
func (b *Maker) Grower(from *engine.Instance, name string, t wasm.TableType) (*engine.Instance, error) {
	var e wasm.Emitter
	e.Null(t.Elem.Heap())
	e.X(wasm.OpLocalGet, 0)
	e.X(wasm.OpTableGrow, 0)
	number := []wasm.ValType{t.Limits.AddrType()}
	return b.accessor(from, wasm.FuncType{Params: number, Results: number}, wasm.Import{Name: name, Kind: wasm.ExternTable, Table: t}, &e)
}
