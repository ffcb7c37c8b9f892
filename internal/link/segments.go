package link

import (
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/wasm"
)

// checkSegments finds the first active segment that does not fit its table or
// memory. Instantiation traps there (core 4.7.4), element segments first; the
// engine ignores an element segment that does not fit.
//
// The segments before the one that does not fit have been copied by then, which
// the owner of an imported table or memory can see. So cut is what is to be
// instantiated all the same: the module up to that segment. In WebAssembly 1.0
// nothing is copied unless all fit, and there are codes of their own for that.
func (i *Instance) checkSegments() (cut *wasm.Module, err error) {
	for n := range i.Module.Elems {
		s := &i.Module.Elems[n]
		if s.Mode != wasm.Active {
			continue
		}
		size := i.tableSize(s.Table)
		if err := i.fits(s.Offset, len(s.Funcs)+len(s.Exprs), size); err != nil {
			err.Code = fault.TableOutOfBounds
			return i.misfit(err, fault.ElemSegDoesNotFit, "element", n, 0)
		}
	}
	for n, s := range i.Module.Datas.All() {
		if s.Mode != wasm.Active {
			continue
		}
		size := i.memorySize(s.Memory)
		if err := i.fits(s.Offset, len(s.Init), size); err != nil {
			return i.misfit(err, fault.DataSegDoesNotFit, "data", len(i.Module.Elems), n)
		}
	}
	return nil, nil
}

// misfit is what is to be instantiated of i, whose first elems and datas of segments
// fit, and the error for the next one, which is of a kind: err, or one with code
// first in WebAssembly 1.0.
func (i *Instance) misfit(err *fault.Error, first fault.Code, kind string, elems, datas int) (*wasm.Module, error) {
	if i.Plan().Features&(wasm.BulkMemory|wasm.ReferenceTypes) == 0 {
		err, elems, datas = fault.New(first), 0, 0
	}
	return prepare.CutSegments(i.Module, elems, datas), err.With(
		fault.ASTNode(kind+" segment"), fault.ASTNode(kind+" section"), fault.ASTNode("module"))
}

// fits is nil when length entries at the offset lie within size.
func (i *Instance) fits(offset wasm.Expr, length int, size uint64) *fault.Error {
	at, ok := wasm.IntegerConstant(offset, i.Plan().Features, func(x uint32) (uint64, bool) {
		return i.Module.GlobalConstant(x, i.Plan().Features, func(im *wasm.Import) (uint64, bool) { return globalOf(i.company.guest(im), im.Name) })
	})
	if !ok || at <= size && uint64(length) <= size-at {
		return nil
	}
	return fault.New(fault.MemoryOutOfBounds, fault.OutOfBounds(fault.Address{Lo: at}, uint64(length), size))
}

// globalOf is the value of the global that g, which may be nil, exports as name.
func globalOf(g *Instance, name string) (uint64, bool) {
	if g == nil {
		return 0, false
	}
	x, ok := g.Module.Exported(wasm.ExternGlobal, name)
	if !ok {
		return 0, false
	}
	v, ok := g.Global(name, g.Module.GlobalTypeOf(x).Type)
	return v.Lo, ok
}

// tableSize is the number of elements of a table when segments are copied.
func (i *Instance) tableSize(x uint32) uint64 {
	im, own := i.Module.Imported(wasm.ExternTable, x)
	if im == nil {
		return i.Module.Tables[own].Type.Limits.Min
	}
	guest := i.company.guest(im)
	y, _ := guest.Module.Exported(wasm.ExternTable, im.Name)
	return guest.TableLen(im.Name, y)
}

// memorySize is the number of bytes of a memory when segments are copied.
func (i *Instance) memorySize(x uint32) uint64 {
	im, own := i.Module.Imported(wasm.ExternMemory, x)
	if im == nil {
		return i.Module.Memories[own].Limits.Min * wasm.PageSize
	}
	return i.company.guest(im).memoryPages(im.Name) * wasm.PageSize
}
