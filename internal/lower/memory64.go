package lower

import (
	"strings"

	"github.com/wazedge/wazedge/internal/wasm"
)

// The engine addresses memories and tables with 32 bits. A memory that was wide
// never gets the last page below 4 GiB, so that the address narrowAddress gives
// for one that does not fit, and the offset clampOffset gives, are out of bounds
// for every access, an empty one included.
const (
	maxWidePages    = 1<<16 - 1
	openWidePages   = 1 << 16 // the maximum of one that does not get them for that alone
	maxWideElements = 1<<32 - 2
	outOfBounds     = 1<<32 - 1
)

// Memory64 gives memories and tables with 64-bit addresses 32-bit ones. An
// address that does not fit 32 bits becomes one that is out of bounds, so that the
// access traps as the wide one would have; sizes are widened again.
func Memory64(m *wasm.Module) (*wasm.Module, error) {
	w := wideSpaces(m)
	if !w.any {
		return m, nil
	}
	if w.computesOffsets() {
		m = Activate(m)
		w.m = m.Spaces()
	}
	out := *m
	var err error
	if out.Bodies, err = rewriteBodies(m, w.begin); err != nil {
		return nil, err
	}
	out.Imports = append([]wasm.Import(nil), m.Imports...)
	for i := range out.Imports {
		narrowLimits(&out.Imports[i].Memory.Limits, openWidePages)
		narrowLimits(&out.Imports[i].Table.Limits, maxWideElements)
	}
	out.Memories = append([]wasm.MemoryType(nil), m.Memories...)
	for i := range out.Memories {
		most := uint64(maxWidePages)
		if WideMemory(m) {
			most = openWidePages
		}
		narrowLimits(&out.Memories[i].Limits, most)
	}
	out.Tables = append([]wasm.Table(nil), m.Tables...)
	for i := range out.Tables {
		narrowLimits(&out.Tables[i].Type.Limits, maxWideElements)
	}
	w.segments(&out)
	return &out, nil
}

// WideMemory reports whether m has one memory, of its own, with 64-bit addresses. In
// what [Memory64] makes of m it has a maximum that it must not reach: the engine is
// asked for the page, so that it can be told that this was refused, and refuses it.
func WideMemory(m *wasm.Module) bool {
	return len(m.Memories) == 1 && m.ImportedCount(wasm.ExternMemory) == 0 && m.Memories[0].Limits.Addr64
}

// narrowLimits makes wide limits narrow. A minimum beyond what can be had stays
// beyond it: instantiation refuses it.
func narrowLimits(l *wasm.Limits, most uint64) {
	if !l.Addr64 {
		return
	}
	l.Addr64 = false
	if !l.HasMax || l.Max > most {
		l.HasMax, l.Max = true, max(most, l.Min)
	}
}

// wide says which memories and tables of a module have 64-bit addresses.
type wide struct {
	m                *wasm.Spaces
	memories, tables []bool
	any              bool
}

func wideSpaces(m *wasm.Module) *wide {
	w := &wide{m: m.Spaces()}
	add := func(space *[]bool, l wasm.Limits) {
		*space = append(*space, l.Addr64)
		w.any = w.any || l.Addr64
	}
	for i := range m.Imports {
		switch m.Imports[i].Kind {
		case wasm.ExternMemory:
			add(&w.memories, m.Imports[i].Memory.Limits)
		case wasm.ExternTable:
			add(&w.tables, m.Imports[i].Table.Limits)
		}
	}
	for i := range m.Memories {
		add(&w.memories, m.Memories[i].Limits)
	}
	for i := range m.Tables {
		add(&w.tables, m.Tables[i].Type.Limits)
	}
	return w
}

// operands describes the operands of in that count from the top of the stack,
// topmost first, down to the deepest wide one: their types, and which are wide
// addresses or sizes. It is empty when none is.
func (w *wide) operands(in *wasm.Instr) (types []wasm.ValType, isWide []bool) {
	i32or64 := func(wide bool) wasm.ValType {
		if wide {
			return wasm.I64
		}
		return wasm.I32
	}
	three := func(n, src, dst bool) ([]wasm.ValType, []bool) {
		return []wasm.ValType{i32or64(n), i32or64(src), i32or64(dst)}, []bool{n, src, dst}
	}
	switch in.Op.Info().Imm {
	case wasm.ImmMemArg, wasm.ImmMemArgLane:
		if !w.memories[in.X] {
			return nil, nil
		}
		return accessOperands(in.Op)
	}
	switch in.Op {
	case wasm.OpMemoryGrow:
		if w.open(in.X) {
			return nil, nil // see growOpen
		}
		types, isWide = []wasm.ValType{wasm.I64}, []bool{w.memories[in.X]}
	case wasm.OpMemoryFill:
		a := w.memories[in.X]
		types, isWide = []wasm.ValType{i32or64(a), wasm.I32, i32or64(a)}, []bool{a, false, a}
	case wasm.OpMemoryInit:
		types, isWide = three(false, false, w.memories[in.Y])
	case wasm.OpMemoryCopy:
		dst, src := w.memories[in.X], w.memories[in.Y]
		types, isWide = three(dst && src, src, dst)
	case wasm.OpTableGet, wasm.OpCallIndirect, wasm.OpReturnCallIndirect:
		table := in.X
		if in.Op != wasm.OpTableGet {
			table = in.Y
		}
		types, isWide = []wasm.ValType{wasm.I64}, []bool{w.tables[table]}
	case wasm.OpTableSet:
		types, isWide = []wasm.ValType{w.m.TableTypeOf(in.X).Elem, wasm.I64}, []bool{false, w.tables[in.X]}
	case wasm.OpTableGrow:
		types, isWide = []wasm.ValType{wasm.I64}, []bool{w.tables[in.X]}
	case wasm.OpTableFill:
		a := w.tables[in.X]
		types, isWide = []wasm.ValType{i32or64(a), w.m.TableTypeOf(in.X).Elem, i32or64(a)}, []bool{a, false, a}
	case wasm.OpTableInit:
		types, isWide = three(false, false, w.tables[in.Y])
	case wasm.OpTableCopy:
		dst, src := w.tables[in.X], w.tables[in.Y]
		types, isWide = three(dst && src, src, dst)
	}
	for _, wide := range isWide {
		if wide {
			return types, isWide
		}
	}
	return nil, nil
}

// accessOperands are the operands of a load or store by the instruction table,
// its address being wide.
func accessOperands(op wasm.Op) (types []wasm.ValType, isWide []bool) {
	sig := op.Info().Sig
	params, _, _ := strings.Cut(sig, ":")
	for i := len(params) - 1; i >= 0; i-- {
		t := sigTypes[params[i]]
		isWide = append(isWide, params[i] == 'a')
		types = append(types, t)
	}
	return types, isWide
}

// sigTypes are the value types that the letters of [wasm.OpInfo.Sig] mean where
// addresses are wide.
var sigTypes = [128]wasm.ValType{
	'i': wasm.I32, 'I': wasm.I64, 'f': wasm.F32, 'F': wasm.F64, 'v': wasm.V128, 'a': wasm.I64,
}
