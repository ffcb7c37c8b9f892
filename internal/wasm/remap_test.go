package wasm

import (
	"bytes"
	"reflect"
	"testing"
)

// immediateIndices are the index spaces that instructions of a kind name, an
// independent telling of the doc comments of the kinds.
var immediateIndices = map[ImmKind]string{
	ImmBlock: "type", ImmTryTable: "type tag tag", ImmFunc: "func", ImmCallIndirect: "type table", ImmType: "type",
	ImmTag: "tag", ImmSelectTypes: "type", ImmGlobal: "global", ImmTable: "table", ImmMemArg: "memory",
	ImmMemArgLane: "memory", ImmMem: "memory", ImmMemMem: "memory memory", ImmDataMem: "data memory", ImmData: "data",
	ImmElem: "elem", ImmElemTable: "elem table", ImmTableTable: "table table", ImmHeapType: "type",
	ImmTypeField: "type", ImmTypeN: "type", ImmTypeData: "type data", ImmTypeElem: "type elem",
	ImmTypeType: "type type", ImmBrOnCast: "type",
}

// TestRemapFindsEveryIndex counts the indices that each space's map is asked for.
func TestRemapFindsEveryIndex(t *testing.T) {
	for op := range NumOps {
		in := sample(op)
		if in.Op.Info().Imm == ImmBlock {
			in.Block = BlockType{Index: 4, Indexed: true}
		}
		if in.Op.Info().Imm == ImmHeapType {
			in.Heap = 3
		}
		var asked []byte
		note := func(space string) func(uint32) uint32 {
			return func(i uint32) uint32 {
				asked = append(append(asked, ' '), space...)
				return i
			}
		}
		r := Remap{Type: note("type"), Func: note("func"), Table: note("table"), Memory: note("memory"),
			Global: note("global"), Tag: note("tag"), Elem: note("elem"), Data: note("data")}
		if r.Instr(&in) {
			t.Errorf("%s: reports a change by maps that change nothing", op)
		}
		if got := string(bytes.TrimSpace(asked)); got != immediateIndices[op.Info().Imm] {
			t.Errorf("%s: asks for %q, want %q", op, got, immediateIndices[op.Info().Imm])
		}
	}
}

// TestRemapThereAndBack moves all indices of a module that uses each space, and
// moves them back.
func TestRemapThereAndBack(t *testing.T) {
	var body Emitter
	for op := range NumOps {
		switch op.Info().Imm {
		case ImmBlock, ImmTryTable, ImmBrTable:
			continue // blocks would have to end
		}
		in := sample(op)
		in.X, in.Y = in.X%1000, in.Y%1000
		body.Instr(&in)
	}
	body.End()
	m := &Module{
		Types: []SubType{
			{Kind: CompFunc, Final: true, Func: FuncType{Params: []ValType{Ref(0)}}},
			{Kind: CompStruct, Supers: []uint32{0}, Fields: []FieldType{{Type: RefNull(1)}}},
		},
		RecGroups: []RecGroup{{Start: 0, Len: 1}, {Start: 1, Len: 1}},
		Imports:   []Import{{Kind: ExternFunc}, {Kind: ExternGlobal, Global: GlobalType{Type: Ref(1)}}, {Kind: ExternTag}},
		Funcs:     []uint32{0},
		Tables:    []Table{{Type: TableType{Elem: Ref(0)}, Init: Expr{Code: []byte{0xD2, 0, 0x0B}}}},
		Globals:   []Global{{Type: GlobalType{Type: Ref(0)}, Init: Expr{Code: []byte{0x23, 0, 0x0B}}}},
		Exports:   []Export{{Kind: ExternFunc}, {Kind: ExternTable}, {Kind: ExternMemory}, {Kind: ExternGlobal}, {Kind: ExternTag}},
		Start:     new(uint32),
		Elems: []ElemSegment{
			{Offset: Expr{Code: []byte{0x23, 0, 0x0B}}, Type: Ref(HeapFunc), Funcs: []uint32{0}},
			{Flags: 6, Offset: Expr{Code: []byte{0x41, 0, 0x0B}}, Type: Ref(0), Exprs: []Expr{{Code: []byte{0xD2, 0, 0x0B}}}},
		},
		Bodies: []Body{{Code: append(AppendLocals(nil, []LocalRun{{N: 1, Type: Ref(0)}}), body.Code...)}},
		Datas:  DataSegmentsOf([]DataSegment{{Flags: 2, Offset: Expr{Code: []byte{0x23, 0, 0x0B}}}}),
	}
	named := Names{Funcs: []Name{{0, "f"}}, Types: []Name{{0, "t"}}, Locals: []IndirectNames{{0, []Name{{0, "l"}}}}}
	m = m.WithNames(named)
	before := Encode(m)
	up := func(i uint32) uint32 { return i + 200 } // two bytes where there was one
	down := func(i uint32) uint32 { return i - 200 }
	there, err := (&Remap{up, up, up, up, up, up, up, up, nil}).Module(m)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(Encode(m), before) {
		t.Error("the input changed")
	}
	if there.Exports[4].Index != 200 || there.Types[1].Supers[0] != 200 || there.Types[0].Func.Params[0] != Ref(200) ||
		there.Names().Locals[0].Index != 200 || there.Names().Locals[0].Names[0].Index != 0 {
		t.Errorf("not all indices moved: %+v", there)
	}
	back, err := (&Remap{down, down, down, down, down, down, down, down, nil}).Module(there)
	if err != nil {
		t.Fatal(err)
	}
	if got := Encode(back); !bytes.Equal(got, before) {
		t.Errorf("not as it was:\n% x\n% x", got, before)
	}
	same, err := (&Remap{}).Module(m)
	if err != nil || !reflect.DeepEqual(same.Bodies, m.Bodies) || &same.Bodies[0].Code[0] != &m.Bodies[0].Code[0] {
		t.Errorf("an empty Remap copies bodies (%v)", err)
	}
}
