package link

import "github.com/wazedge/wazedge/internal/wasm"

// TableSize is the number of elements of a table when segments are copied.
func (i surroundings) TableSize(x uint32) uint64 {
	im, own := i.Module.Imported(wasm.ExternTable, x)
	if im == nil {
		return i.Module.Tables[own].Type.Limits.Min
	}
	guest := i.company.guest(im)
	y, _ := guest.Module.Exported(wasm.ExternTable, im.Name)
	return guest.TableLen(im.Name, y)
}

// surroundings are what the segments of an instance are copied to.
type surroundings struct{ *Instance }

// MemorySize is the number of bytes of a memory when segments are copied.
func (i surroundings) MemorySize(x uint32) uint64 {
	im, own := i.Module.Imported(wasm.ExternMemory, x)
	if im == nil {
		return i.Module.Memories[own].Limits.Min * wasm.PageSize
	}
	return i.company.guest(im).memoryPages(im.Name) * wasm.PageSize
}

// Global is the value of the global that im imports from a guest.
func (i surroundings) Global(im *wasm.Import) (uint64, bool) {
	g := i.company.guest(im)
	if g == nil {
		return 0, false
	}
	x, ok := g.Module.Exported(wasm.ExternGlobal, im.Name)
	if !ok {
		return 0, false
	}
	v, ok := g.Global(im.Name, g.Module.GlobalTypeOf(x).Type)
	return v.Lo, ok
}
