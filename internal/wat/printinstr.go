package wat

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/wazedge/wazedge/internal/wasm"
)

// functions writes the functions and their bodies.
func (p *printer) functions() error {
	var in wasm.Instr
	for i := range min(len(p.m.Funcs), len(p.m.Bodies)) {
		index := p.index(wasm.ExternFunc, i)
		ids := p.localIDs[index]
		p.definition(wasm.ExternFunc, i)
		p.str(p.typeUse(p.m.Funcs[i], ids))
		runs, r, err := p.m.Bodies[i].Locals(everything)
		if err != nil {
			return err
		}
		if err := p.locals(p.m.Funcs[i], runs, ids); err != nil {
			return err
		}
		if err := p.body(r, &in, index); err != nil {
			return err
		}
		p.str(")")
	}
	return nil
}

// maxPrintedLocals bounds the locals of a function: text names each of them, while
// the binary format counts millions in a few bytes.
const maxPrintedLocals = 1 << 20

// locals writes the locals of a function of type x.
func (p *printer) locals(x uint32, runs []wasm.LocalRun, ids map[uint32]string) error {
	var types []wasm.ValType
	for _, r := range runs {
		if r.N > maxPrintedLocals-uint32(len(types)) {
			return errors.New("a function has too many locals to be printed")
		}
		for range r.N {
			types = append(types, r.Type)
		}
	}
	if len(types) == 0 {
		return nil
	}
	first := uint32(0)
	if x < uint32(len(p.m.Types)) {
		first = uint32(len(p.m.Types[x].Func.Params))
	}
	p.str("\n   " + p.declarations("local", types, ids, first))
	return nil
}

// maxIndent bounds the indentation, which is two blanks for a block.
const maxIndent = 32

// body writes instructions, a line each.
func (p *printer) body(r *wasm.Reader, in *wasm.Instr, function uint32) error {
	depth := 1
	for r.More() {
		if err := r.Next(in); err != nil {
			return err
		}
		switch in.Op {
		case wasm.OpEnd:
			if depth--; depth == 0 {
				return nil
			}
		case wasm.OpElse:
			depth--
		}
		p.str("\n  " + strings.Repeat("  ", min(depth, maxIndent)) + p.instr(in, &function))
		switch in.Op.Info().Imm {
		case wasm.ImmBlock, wasm.ImmTryTable:
			depth++
		}
		if in.Op == wasm.OpElse {
			depth++
		}
	}
	return nil
}

// instr is an instruction. function has the locals that it may name; nil stands
// for none.
func (p *printer) instr(in *wasm.Instr, function *uint32) string {
	s := in.Op.String()
	switch in.Op.Info().Imm {
	case wasm.ImmNone, wasm.ImmFence:
		return s
	case wasm.ImmLocal:
		if function != nil {
			return s + " " + innerRef(p.localIDs[*function], in.X)
		}
		return s + " " + number(in.X)
	case wasm.ImmBlock:
		return s + p.blockType(in.Block)
	case wasm.ImmTryTable:
		return s + p.blockType(in.Block) + p.catches(in.Catches)
	case wasm.ImmLabel:
		return s + " " + number(in.X)
	case wasm.ImmBrTable:
		var b strings.Builder
		b.WriteString(s)
		for _, l := range in.Labels {
			b.WriteString(" " + number(l))
		}
		return b.String()
	case wasm.ImmCallIndirect:
		if in.Y != 0 {
			s += " " + p.ref(spaceTables, in.Y)
		}
		return s + p.typeUse(in.X, nil)
	case wasm.ImmSelectTypes:
		return s + " (result" + p.valTypes(in.Types) + ")"
	case wasm.ImmMemArg, wasm.ImmMemArgLane:
		return s + p.memArg(in)
	case wasm.ImmBrOnCast:
		return s + " " + number(in.X) + p.valTypes(in.Types[:2])
	case wasm.ImmHeapType:
		return s + " " + p.heapImmediate(in)
	case wasm.ImmI32, wasm.ImmI64, wasm.ImmF32, wasm.ImmF64, wasm.ImmV128, wasm.ImmShuffle, wasm.ImmLane:
		return s + " " + literal(in)
	}
	return s + p.indices(in)
}

func number(v uint32) string { return strconv.FormatUint(uint64(v), 10) }

// indices are immediates that are indices alone. Memories and tables are left out
// where all are the first.
func (p *printer) indices(in *wasm.Instr) string {
	one := func(of spaceID, x uint32) string { return " " + p.ref(of, x) }
	optional := func(of spaceID, x uint32) string {
		if x == 0 {
			return ""
		}
		return one(of, x)
	}
	switch in.Op.Info().Imm {
	case wasm.ImmFunc:
		return one(spaceFuncs, in.X)
	case wasm.ImmGlobal:
		return one(spaceGlobals, in.X)
	case wasm.ImmType:
		return one(spaceTypes, in.X)
	case wasm.ImmTag:
		return one(spaceTags, in.X)
	case wasm.ImmData:
		return one(spaceDatas, in.X)
	case wasm.ImmElem:
		return one(spaceElems, in.X)
	case wasm.ImmTable:
		return optional(spaceTables, in.X)
	case wasm.ImmMem:
		return optional(spaceMemories, in.X)
	case wasm.ImmMemMem:
		if in.X|in.Y == 0 {
			return ""
		}
		return one(spaceMemories, in.X) + one(spaceMemories, in.Y)
	case wasm.ImmTableTable:
		if in.X|in.Y == 0 {
			return ""
		}
		return one(spaceTables, in.X) + one(spaceTables, in.Y)
	case wasm.ImmDataMem:
		return optional(spaceMemories, in.Y) + one(spaceDatas, in.X)
	case wasm.ImmElemTable:
		return optional(spaceTables, in.Y) + one(spaceElems, in.X)
	case wasm.ImmTypeField:
		return one(spaceTypes, in.X) + " " + innerRef(p.fieldIDs[in.X], in.Y)
	case wasm.ImmTypeN:
		return one(spaceTypes, in.X) + " " + number(in.Y)
	case wasm.ImmTypeData:
		return one(spaceTypes, in.X) + one(spaceDatas, in.Y)
	case wasm.ImmTypeElem:
		return one(spaceTypes, in.X) + one(spaceElems, in.Y)
	case wasm.ImmTypeType:
		return one(spaceTypes, in.X) + one(spaceTypes, in.Y)
	}
	panic("wat: no text for the immediates of " + in.Op.String())
}

func (p *printer) blockType(b wasm.BlockType) string {
	switch {
	case b.Indexed:
		return p.typeUse(b.Index, nil)
	case b.Result == wasm.Bottom:
		return ""
	}
	return " (result " + p.valType(b.Result) + ")"
}

func (p *printer) catches(list []wasm.Catch) string {
	words := [...]string{
		wasm.CatchTag: "catch", wasm.CatchTagRef: "catch_ref", wasm.CatchAll: "catch_all", wasm.CatchAllRef: "catch_all_ref",
	}
	var b strings.Builder
	for _, c := range list {
		b.WriteString(" (" + words[c.Kind])
		if c.Kind == wasm.CatchTag || c.Kind == wasm.CatchTagRef {
			b.WriteString(" " + p.ref(spaceTags, c.Tag))
		}
		b.WriteString(" " + number(c.Label) + ")")
	}
	return b.String()
}

func (p *printer) memArg(in *wasm.Instr) string {
	s := ""
	if in.X != 0 {
		s += " " + p.ref(spaceMemories, in.X)
	}
	if in.Val != 0 {
		s += " offset=" + strconv.FormatUint(in.Val, 10)
	}
	if in.Align != uint32(in.Op.Info().Access) {
		s += " align=" + strconv.FormatUint(1<<in.Align, 10)
	}
	if in.Op.Info().Imm == wasm.ImmMemArgLane {
		s += " " + number(uint32(in.Lane))
	}
	return s
}

func (p *printer) heapImmediate(in *wasm.Instr) string {
	if in.Op == wasm.OpRefNull {
		return p.heap(in.Heap)
	}
	nullable := in.Op == wasm.OpRefTestNull || in.Op == wasm.OpRefCastNull
	return p.valType(wasm.RefType(in.Heap, nullable))
}

// literal are the immediates of a constant or a lane.
func literal(in *wasm.Instr) string {
	switch in.Op.Info().Imm {
	case wasm.ImmI32:
		return strconv.FormatInt(int64(int32(in.Val)), 10)
	case wasm.ImmI64:
		return strconv.FormatInt(int64(in.Val), 10)
	case wasm.ImmF32:
		return format32.format(in.Val, float64(math.Float32frombits(uint32(in.Val))))
	case wasm.ImmF64:
		return format64.format(in.Val, math.Float64frombits(in.Val))
	case wasm.ImmV128:
		return fmt.Sprintf("i32x4 0x%08x 0x%08x 0x%08x 0x%08x",
			uint32(in.Val), uint32(in.Val>>32), uint32(in.Hi), uint32(in.Hi>>32))
	case wasm.ImmShuffle:
		var lanes []string
		for i := range 16 {
			half := in.Val
			if i >= 8 {
				half = in.Hi
			}
			lanes = append(lanes, number(uint32(byte(half>>(8*(i%8))))))
		}
		return strings.Join(lanes, " ")
	}
	return number(uint32(in.Lane))
}

// format is the literal of a value and its bits: the shortest that reads back as
// the same bits.
func (f floatFormat) format(bits uint64, v float64) string {
	sign := ""
	if bits>>(f.bits-1) != 0 {
		sign = "-"
	}
	magnitude := bits &^ (1 << (f.bits - 1))
	switch {
	case magnitude == f.infinity():
		return sign + "inf"
	case magnitude == f.infinity()|f.quiet():
		return sign + "nan"
	case magnitude > f.infinity():
		return sign + "nan:0x" + strconv.FormatUint(magnitude&^f.infinity(), 16)
	}
	return strconv.FormatFloat(v, 'g', -1, int(f.bits))
}
