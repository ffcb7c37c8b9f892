package skeleton

import (
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// Surroundings tell what the segments of a module are copied to.
type Surroundings interface {
	TableSize(x uint32) uint64                  // elements of table x
	MemorySize(x uint32) uint64                 // bytes of memory x
	Global(im *wasm.Import) (v uint64, ok bool) // the value of an imported global
}

// CheckSegments finds the first active segment of m that does not fit its table or
// memory. Instantiation traps there (core 4.7.4), element segments first; the
// engine ignores an element segment that does not fit.
//
// The segments before the one that does not fit have been copied by then, which
// the owner of an imported table or memory can see. So cut is what is to be
// instantiated all the same: the module up to that segment. In WebAssembly 1.0
// nothing is copied unless all fit, and there are codes of their own for that.
func CheckSegments(m *wasm.Module, f wasm.Features, s Surroundings) (cut *wasm.Module, err error) {
	for n := range m.Elems {
		e := &m.Elems[n]
		if e.Mode != wasm.Active {
			continue
		}
		if err := fits(m, f, s, e.Offset, len(e.Funcs)+len(e.Exprs), s.TableSize(e.Table)); err != nil {
			err.Code = fault.TableOutOfBounds
			return misfit(m, f, err, fault.ElemSegDoesNotFit, "element", n, 0)
		}
	}
	for n, d := range m.Datas.All() {
		if d.Mode != wasm.Active {
			continue
		}
		if err := fits(m, f, s, d.Offset, len(d.Init), s.MemorySize(d.Memory)); err != nil {
			return misfit(m, f, err, fault.DataSegDoesNotFit, "data", len(m.Elems), n)
		}
	}
	return nil, nil
}

// misfit is what is to be instantiated of m, whose first elems and datas of segments
// fit, and the error for the next one, which is of a kind: err, or one with code
// first in WebAssembly 1.0.
func misfit(m *wasm.Module, f wasm.Features, err *fault.Error, first fault.Code, kind string, elems, datas int) (*wasm.Module, error) {
	if f&(wasm.BulkMemory|wasm.ReferenceTypes) == 0 {
		err, elems, datas = fault.New(first), 0, 0
	}
	return CutSegments(m, elems, datas), err.With(
		fault.ASTNode(kind+" segment"), fault.ASTNode(kind+" section"), fault.ASTNode("module"))
}

// fits is nil when length entries at the offset lie within size.
func fits(m *wasm.Module, f wasm.Features, s Surroundings, offset wasm.Expr, length int, size uint64) *fault.Error {
	at, ok := wasm.IntegerConstant(offset, f, func(x uint32) (uint64, bool) { return m.GlobalConstant(x, f, s.Global) })
	if !ok || at <= size && uint64(length) <= size-at {
		return nil
	}
	return fault.New(fault.MemoryOutOfBounds, fault.OutOfBounds(fault.Address{Lo: at}, uint64(length), size))
}
