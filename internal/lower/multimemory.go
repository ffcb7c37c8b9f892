package lower

import (
	"fmt"
	"strconv"

	"github.com/wazedge/wazedge/internal/heap"
	"github.com/wazedge/wazedge/internal/wasm"
)

// MultiMemory leaves a module one memory, the engine's own, and turns accesses of
// the others into calls of helper modules that hold one each (see [MemoryHelpers]).
// Those calls stay within compiled code. An imported memory that is not the one
// kept is imported by its helper instead.
func MultiMemory(m *wasm.Module) (*wasm.Module, error) {
	p := planMemories(m)
	if p == nil {
		return m, nil
	}
	for _, d := range m.Datas.All() {
		if d.Mode == wasm.Active && d.Memory != p.native {
			// The helpers could hold such segments, but not keep the order in which
			// segments are copied, and trap.
			return MultiMemory(Activate(m))
		}
	}
	out := *m
	out.Imports = p.keptImports()
	out.Memories = nil
	if own := int(p.native) - p.imported; own >= 0 {
		out.Memories = m.Memories[own : own+1]
	}
	out.Exports = p.keptExports()
	out.Datas = p.nativeDatas()
	calls, err := p.addAccessors(&out)
	if err != nil {
		return nil, err
	}
	return withBodies(calls, p.begin)
}

// Helper is a module that holds, or imports, one memory of another module's and
// exports functions that access it.
type Helper struct {
	Name    string       // the module name of the main module's imports
	Module  *wasm.Module // exports its memory as HelperMemory
	Exports []string     // the main module's exports that are this memory
	Host    bool         // host functions are to see this memory
}

// HelperMemory is the name under which a [Helper] exports its memory.
const HelperMemory = "memory"

// CopyModule is the import module of the functions that copy between two memories
// of a module: host functions, taking destination, source and count, that are
// named by [CopyPair.Name] and trap as memory.copy does.
const CopyModule = "wazedge:memory.copy"

// NativeMemory stands, in [CopyPair], for the memory that the main module kept.
const NativeMemory = ""

// CopyPair are the helpers, by name, whose memories a function of [CopyModule]
// copies between; NativeMemory is the main module's own.
type CopyPair struct{ Dst, Src string }

// memories is how the memories of a module are divided.
type memories struct {
	m         *wasm.Module
	types     []wasm.MemoryType
	imported  int // the first of types are imported
	native    uint32
	accessors []accessor
	index     map[accessor]uint32 // position in accessors
	initiated map[[2]uint32]bool  // (memory, data segment) that memory.init joins
	base      uint32              // function index of the first accessor
}

// accessor is an instruction on a memory that its helper does. For bulk
// instructions, offset is the data segment or, of a copy, the source memory.
type accessor struct {
	memory uint32
	op     wasm.Op
	offset uint64
	lane   uint8
}

// planMemories says which memory stays and what is asked of the others, or nil
// where a module has one memory at most.
func planMemories(m *wasm.Module) *memories {
	p := &memories{m: m, index: map[accessor]uint32{}, initiated: map[[2]uint32]bool{}}
	for i := range m.Imports {
		if m.Imports[i].Kind == wasm.ExternMemory {
			p.types = append(p.types, m.Imports[i].Memory)
		}
	}
	p.imported = len(p.types)
	p.types = append(p.types, m.Memories...)
	if len(p.types) < 2 {
		return nil
	}
	p.native = p.choose()
	p.eachInstr(p.collect)
	return p
}

// choose picks the memory that stays: the one that is accessed at the most places.
func (p *memories) choose() uint32 {
	places := make([]int, len(p.types))
	p.eachInstr(func(in *wasm.Instr) {
		switch in.Op.Info().Imm {
		case wasm.ImmMemArg, wasm.ImmMemArgLane, wasm.ImmMem:
			places[in.X]++
		case wasm.ImmDataMem:
			places[in.Y]++
		case wasm.ImmMemMem:
			places[in.X]++
			places[in.Y]++
		}
	})
	best := 0
	for i, n := range places {
		if n > places[best] {
			best = i
		}
	}
	return uint32(best)
}

// host is the memory that host functions see: the first of the user's module's. A
// heap that a pass has added is none of those.
func (p *memories) host() uint32 {
	if p.imported > 0 && p.memoryImport(0).Module == heap.RuntimeModule {
		return 1
	}
	return 0
}

// eachInstr shows every instruction of every body. The module is valid, so none
// fails to be read.
func (p *memories) eachInstr(f func(*wasm.Instr)) {
	var in wasm.Instr
	for i := range p.m.Bodies {
		_, r, err := p.m.Bodies[i].Locals(everything)
		for err == nil && r.More() {
			if err = r.Next(&in); err == nil {
				f(&in)
			}
		}
	}
}

// accessorOf is what stands for in, if it needs a call.
func (p *memories) accessorOf(in *wasm.Instr) (accessor, bool) {
	a := accessor{memory: in.X, op: in.Op}
	switch in.Op.Info().Imm {
	case wasm.ImmMemArg:
		a.offset = in.Val
	case wasm.ImmMemArgLane:
		a.offset, a.lane = in.Val, in.Lane
	case wasm.ImmMem:
	case wasm.ImmDataMem:
		a.memory, a.offset = in.Y, uint64(in.X)
	case wasm.ImmMemMem:
		a.offset = uint64(in.Y)
		return a, in.X != p.native || in.Y != p.native
	default:
		return a, false
	}
	return a, a.memory != p.native
}

func (p *memories) collect(in *wasm.Instr) {
	a, ok := p.accessorOf(in)
	if !ok {
		return
	}
	p.add(a)
	if a.op == wasm.OpMemoryInit {
		p.initiated[[2]uint32{a.memory, uint32(a.offset)}] = true
		p.add(accessor{memory: a.memory, op: wasm.OpDataDrop, offset: a.offset})
	}
}

func (p *memories) add(a accessor) {
	if _, ok := p.index[a]; !ok {
		p.index[a] = uint32(len(p.accessors))
		p.accessors = append(p.accessors, a)
	}
}

// between reports whether a copies between two memories, which the host does.
func (a accessor) between() bool { return a.op == wasm.OpMemoryCopy && a.memory != uint32(a.offset) }

// name is the accessor's export in its helper.
func (a accessor) name() string {
	s := a.op.String() + " " + strconv.FormatUint(a.offset, 10)
	if a.op.Info().Imm == wasm.ImmMemArgLane {
		s += " " + strconv.Itoa(int(a.lane))
	}
	return s
}

// instr is the instruction in the helper, whose only memory is 0 and whose data
// segments are those of its initiated ones, in order.
func (a accessor) instr(segment uint32) wasm.Instr {
	in := wasm.Instr{Op: a.op, Lane: a.lane, Align: uint32(a.op.Info().Access)}
	switch a.op {
	case wasm.OpMemoryInit, wasm.OpDataDrop:
		in.X = segment
	default:
		in.Val = a.offset
	}
	return in
}

// signature is the accessor's type.
func (a accessor) signature() wasm.FuncType {
	if a.op == wasm.OpMemoryCopy {
		return wasm.FuncType{Params: []wasm.ValType{wasm.I32, wasm.I32, wasm.I32}}
	}
	return narrowSignature(a.op)
}

func helperName(memory uint32) string { return fmt.Sprintf("wazedge:memory/%d", memory) }

func (p *memories) memoryName(memory uint32) string {
	if memory == p.native {
		return NativeMemory
	}
	return helperName(memory)
}

// keptImports are the module's imports without the memories that helpers import.
func (p *memories) keptImports() []wasm.Import {
	var kept []wasm.Import
	memory := uint32(0)
	for _, im := range p.m.Imports {
		if im.Kind == wasm.ExternMemory {
			memory++
			if memory-1 != p.native {
				continue
			}
		}
		kept = append(kept, im)
	}
	return kept
}

// keptExports are the module's exports without the memories of helpers.
func (p *memories) keptExports() []wasm.Export {
	var kept []wasm.Export
	for _, e := range p.m.Exports {
		if e.Kind == wasm.ExternMemory {
			if e.Index != p.native {
				continue
			}
			e.Index = 0
		}
		kept = append(kept, e)
	}
	return kept
}

// nativeDatas are the data segments, the active ones, which are all for the memory
// that stays, at its new index.
func (p *memories) nativeDatas() wasm.DataSegments {
	if p.native == 0 {
		return p.m.Datas
	}
	datas := p.m.Datas.Slice()
	for i := range datas {
		if datas[i].Mode == wasm.Active {
			datas[i].Memory, datas[i].Flags = 0, 0
		}
	}
	return wasm.DataSegmentsOf(datas)
}

// addAccessors adds the imports of the accessors.
func (p *memories) addAccessors(out *wasm.Module) (*wasm.Module, error) {
	p.base = p.m.ImportedCount(wasm.ExternFunc)
	imports := make([]wasm.Import, len(p.accessors))
	types := map[wasm.Op]uint32{}
	typeOf := func(a accessor) uint32 {
		t, ok := types[a.op]
		if !ok {
			t = addFuncType(out, a.signature())
			types[a.op] = t
		}
		return t
	}
	for i, a := range p.accessors {
		im := wasm.Import{Module: helperName(a.memory), Name: a.name(), Kind: wasm.ExternFunc}
		if a.between() {
			im.Module = CopyModule
			im.Name = CopyPair{p.memoryName(a.memory), p.memoryName(uint32(a.offset))}.Name()
		}
		im.Type = typeOf(a)
		imports[i] = im
	}
	return wasm.InsertFuncImports(out, imports)
}

// Name is the name of the pair's function in CopyModule.
func (c CopyPair) Name() string { return c.Dst + "<" + c.Src }

func (p *memories) begin(*body, wasm.Body) (rewriteFunc, error) { return p.rewrite, nil }

func (p *memories) rewrite(b *body, in *wasm.Instr) (bool, error) {
	if in.Op == wasm.OpDataDrop {
		for memory := range p.types {
			if p.initiated[[2]uint32{uint32(memory), in.X}] {
				p.call(b, accessor{memory: uint32(memory), op: wasm.OpDataDrop, offset: uint64(in.X)})
			}
		}
		return false, nil
	}
	if a, ok := p.accessorOf(in); ok {
		p.call(b, a)
		return true, nil
	}
	switch in.Op.Info().Imm {
	case wasm.ImmMemArg, wasm.ImmMemArgLane, wasm.ImmMem:
		in.X = 0
	case wasm.ImmDataMem:
		in.Y = 0
	case wasm.ImmMemMem:
		in.X, in.Y = 0, 0
	default:
		return false, nil
	}
	b.Instr(in)
	return true, nil
}

func (p *memories) call(b *body, a accessor) { b.X(wasm.OpCall, p.base+p.index[a]) }
