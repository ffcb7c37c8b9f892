// Package reach does with what instances export what the engine has no way for: references to
// functions, values of vectors, tables that grow.
package reach

import (
	"context"

	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/link"
	"github.com/wazedge/wazedge/internal/pipeline"
	"github.com/wazedge/wazedge/internal/wasm"
)

// Refer is a reference to the function name of type t that from, an instance of s, exports.
func Refer(ctx context.Context, s *link.Store, t wasm.FuncType, name string, from *engine.Instance) (value.Value, error) {
	b, err := s.Besides()
	if err != nil {
		return value.Value{}, err
	}
	return b.Refer(ctx, t, name, from)
}

// TypeOf is the type of the function that ref refers to, and whether that is one that
// a module of s declares, or one of more.
func TypeOf(ctx context.Context, s *link.Store, ref value.Value, more []wasm.FuncType) (wasm.FuncType, bool) {
	types := s.FunctionTypes()
	if len(types) == 0 {
		return wasm.FuncType{}, false
	}
	b, err := s.Besides()
	if err != nil {
		return wasm.FuncType{}, false
	}
	return b.TypeOf(ctx, ref, append(types, more...))
}

// Vector is the value of the exported global name of vectors, which the engine shows half of.
func Vector(i *link.Instance, name string, t wasm.GlobalType) value.Value {
	b, err := i.Besides()
	if err != nil {
		return value.Value{Kind: value.V128}
	}
	return b.Vector(i.Engine, name, t)
}

// SetVector changes the value of the exported mutable global name of vectors, and reports
// whether that could be done.
func SetVector(i *link.Instance, name string, t wasm.GlobalType, v value.Value) bool {
	b, err := i.Besides()
	return err == nil && b.SetVector(i.Engine, name, t, v)
}

// GrowTable makes the exported table name, of size elements, grow by n null references, and
// reports whether it has. A table that is an object does not.
func GrowTable(i *link.Instance, name string, t wasm.TableType, size, n uint64) bool {
	most := uint64(pipeline.DefaultTableElements)
	if t.Limits.HasMax {
		most = min(most, t.Limits.Max)
	}
	if i.Heap != nil || n > most || size+n > most {
		return false
	}
	b, err := i.Besides()
	return err == nil && b.Grow(i.Engine, name, t, n)
}
