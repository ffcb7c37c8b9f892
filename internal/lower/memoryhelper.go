package lower

import "github.com/wazedge/wazedge/internal/wasm"

// MemoryHelpers are the modules that [MultiMemory]'s result for m imports from, in
// the order of m's memories, and the copies between memories that it asks of the
// host. Both are empty for a module with one memory.
func MemoryHelpers(m *wasm.Module) ([]Helper, []CopyPair) {
	p := planMemories(m)
	if p == nil {
		return nil, nil
	}
	for _, d := range m.Datas.All() {
		if d.Mode == wasm.Active && d.Memory != p.native {
			return MemoryHelpers(Activate(m))
		}
	}
	var helpers []Helper
	for i := range p.types {
		if memory := uint32(i); memory != p.native {
			helpers = append(helpers, p.helper(memory))
		}
	}
	var pairs []CopyPair
	for _, a := range p.accessors {
		if a.between() {
			pairs = append(pairs, CopyPair{p.memoryName(a.memory), p.memoryName(uint32(a.offset))})
		}
	}
	return helpers, pairs
}

// helper is the module of one memory.
func (p *memories) helper(memory uint32) Helper {
	h := &wasm.Module{}
	if int(memory) < p.imported {
		h.Imports = []wasm.Import{p.memoryImport(memory)}
	} else {
		h.Memories = []wasm.MemoryType{p.types[memory]}
	}
	h.Exports = []wasm.Export{{Name: HelperMemory, Kind: wasm.ExternMemory}}
	segments := p.segments(h, memory)
	for _, a := range p.accessors {
		if a.memory != memory || a.between() {
			continue
		}
		in := a.instr(segments[uint32(a.offset)])
		sig := a.signature()
		var e wasm.Emitter
		for i := range sig.Params {
			e.X(wasm.OpLocalGet, uint32(i))
		}
		e.Instr(&in)
		e.End()
		index := addFunction(h, sig, e.Code)
		h.Exports = append(h.Exports, wasm.Export{Name: a.name(), Kind: wasm.ExternFunc, Index: index})
	}
	if p.types[memory].Limits.Shared {
		served, err := Services(h)
		if err != nil {
			panic("lower: a body of ours: " + err.Error())
		}
		h = served
	}
	return Helper{Name: helperName(memory), Module: h, Exports: p.exportsOf(memory), Host: memory == p.host()}
}

func (p *memories) memoryImport(memory uint32) wasm.Import {
	n := uint32(0)
	for _, im := range p.m.Imports {
		if im.Kind != wasm.ExternMemory {
			continue
		}
		if n == memory {
			return im
		}
		n++
	}
	panic("lower: no import of memory")
}

// segments gives h the data segments that memory.init joins with the memory, and
// returns where each is.
func (p *memories) segments(h *wasm.Module, memory uint32) map[uint32]uint32 {
	at := map[uint32]uint32{}
	for i, d := range p.m.Datas.All() {
		if p.initiated[[2]uint32{memory, uint32(i)}] {
			at[uint32(i)] = uint32(h.Datas.Len())
			h.Datas.Append(wasm.DataSegment{Flags: 1, Mode: wasm.Passive, Init: d.Init})
		}
	}
	if n := uint32(h.Datas.Len()); n > 0 {
		h.DataCount = &n
	}
	return at
}

func (p *memories) exportsOf(memory uint32) []string {
	var names []string
	for _, e := range p.m.Exports {
		if e.Kind == wasm.ExternMemory && e.Index == memory {
			names = append(names, e.Name)
		}
	}
	return names
}
