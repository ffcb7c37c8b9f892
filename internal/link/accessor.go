package link

import (
	"context"

	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/wasm"
)

// accessor makes an instance beside i that gets at an object of it: one of a module that
// imports the object and has a function of type t, whose instructions e has.
func (i *Instance) accessor(t wasm.FuncType, im wasm.Import, e *wasm.Emitter) (*engine.Instance, error) {
	m := moduleOf(t)
	im.Module = besideModule
	m.Imports = []wasm.Import{im}
	return i.store.beside(context.Background(), calling(m, 0, e), i.Engine)
}

// Vector is the value of the exported global name of vectors, which the engine shows half of.
func (i *Instance) Vector(name string, t wasm.GlobalType) value.Value {
	var e wasm.Emitter
	e.X(wasm.OpGlobalGet, 0)
	values := []uint64{0, 0}
	inst, err := i.accessor(wasm.FuncType{Results: []wasm.ValType{wasm.V128}}, wasm.Import{Name: name, Kind: wasm.ExternGlobal, Global: t}, &e)
	if err == nil {
		// What only reads a global does not fail.
		_ = inst.Call(context.Background(), besideCall, values)
	}
	return value.Value{Kind: value.V128, Lo: values[0], Hi: values[1]}
}

// SetVector changes the value of the exported mutable global name of vectors, and reports
// whether that could be done.
func (i *Instance) SetVector(name string, t wasm.GlobalType, v value.Value) bool {
	var e wasm.Emitter
	e.X(wasm.OpLocalGet, 0)
	e.X(wasm.OpGlobalSet, 0)
	inst, err := i.accessor(wasm.FuncType{Params: []wasm.ValType{wasm.V128}}, wasm.Import{Name: name, Kind: wasm.ExternGlobal, Global: t}, &e)
	return err == nil && inst.Call(context.Background(), besideCall, []uint64{v.Lo, v.Hi}) == nil
}

// GrowTable makes the exported table name, of size elements, grow by n null references, and
// reports whether it has. A table that is an object does not.
func (i *Instance) GrowTable(name string, t wasm.TableType, size, n uint64) bool {
	most := uint64(prepare.DefaultTableElements)
	if t.Limits.HasMax {
		most = min(most, t.Limits.Max)
	}
	if i.Heap != nil || n > most || size+n > most {
		return false
	}
	if i.growers[name] == nil {
		grower, err := i.grower(name, t)
		if err != nil {
			return false
		}
		if i.growers == nil {
			i.growers = map[string]*engine.Instance{}
		}
		i.growers[name] = grower
	}
	values := []uint64{n}
	err := i.growers[name].Call(context.Background(), besideCall, values)
	return err == nil && uint32(values[0]) != ^uint32(0)
}

// grower is an instance that makes a table grow.
func (i *Instance) grower(name string, t wasm.TableType) (*engine.Instance, error) {
	var e wasm.Emitter
	e.Null(t.Elem.Heap())
	e.X(wasm.OpLocalGet, 0)
	e.X(wasm.OpTableGrow, 0)
	number := []wasm.ValType{t.Limits.AddrType()}
	return i.accessor(wasm.FuncType{Params: number, Results: number}, wasm.Import{Name: name, Kind: wasm.ExternTable, Table: t}, &e)
}
