package wasm

import (
	"errors"
	"reflect"
	"testing"

	"github.com/wazedge/wazedge/internal/fault"
)

// sample is an instruction of op with immediates that tell their fields apart.
func sample(op Op) Instr {
	in := Instr{Op: op}
	switch op.Info().Imm {
	case ImmNone, ImmFence:
	case ImmBlock:
		in.Block = BlockType{Result: F64}
	case ImmTryTable:
		in.Block = BlockType{Index: 300, Indexed: true}
		in.Catches = []Catch{{Kind: CatchTag, Tag: 130, Label: 1}, {Kind: CatchTagRef, Tag: 1, Label: 200}, {Kind: CatchAll, Label: 3}, {Kind: CatchAllRef}}
	case ImmBrTable:
		in.Labels = []uint32{3, 200, 1, 0}
	case ImmSelectTypes:
		in.Types = []ValType{I32, Ref(7), RefNull(HeapNoExn), V128}
	case ImmLabel, ImmFunc, ImmType, ImmTag, ImmLocal, ImmGlobal, ImmTable, ImmMem, ImmData, ImmElem:
		in.X = 1 << 31
	case ImmMemArg:
		in.X, in.Align, in.Val = 5, 3, 1<<40
	case ImmMemArgLane:
		in.X, in.Align, in.Val, in.Lane = 5, 3, 1<<40, 15
	case ImmCallIndirect, ImmMemMem, ImmDataMem, ImmElemTable, ImmTableTable,
		ImmTypeField, ImmTypeN, ImmTypeData, ImmTypeElem, ImmTypeType:
		in.X, in.Y = 129, 1<<20
	case ImmI32:
		v := int64(-1 << 31)
		in.Val = uint64(v)
	case ImmI64:
		in.Val = 1 << 63
	case ImmF32:
		in.Val = 0x7FA00001
	case ImmF64:
		in.Val = 0xFFF4000000000001
	case ImmV128, ImmShuffle:
		in.Val, in.Hi = 0x0706050403020100, 0x0F0E0D0C0B0A0908
	case ImmLane:
		in.Lane = 9
	case ImmHeapType:
		in.Heap = HeapExn
	case ImmBrOnCast:
		in.X, in.Types = 77, []ValType{RefNull(HeapAny), Ref(12)}
	}
	return in
}

const everything = Wasm3 | Threads

// TestInstructionsReadAsWritten writes every instruction of the table and reads it.
func TestInstructionsReadAsWritten(t *testing.T) {
	for op := range NumOps {
		want := sample(op)
		want.Offset = 1000
		code := AppendInstr(nil, &want)
		r := NewReader(code, 1000, everything)
		var got Instr
		if err := r.Next(&got); err != nil {
			t.Errorf("%s: % x: %v", op, code, err)
			continue
		}
		if r.More() {
			t.Errorf("%s: % x: %d bytes left", op, code, len(r.Rest()))
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: read %+v, want %+v", op, got, want)
		}
		for n := range code {
			r.Reset(code[:n], 1000, everything)
			// A vector whose elements the rest cannot hold by far is refused by its count.
			if err := r.Next(&got); !errors.Is(err, fault.UnexpectedEnd) && !errors.Is(err, fault.IntegerTooLong) {
				t.Errorf("%s: % x cut to %d bytes: %v, want unexpected end", op, code, n, err)
			}
		}
	}
}

// TestInstructionsNeedTheirProposals reads every instruction without each of the
// proposals of its row.
func TestInstructionsNeedTheirProposals(t *testing.T) {
	for op := range NumOps {
		in := sample(op)
		needs := op.Info().Needs
		code := AppendInstr(nil, &in)
		for p := MutableGlobals; p <= Threads; p <<= 1 {
			if needs&p == 0 || gate(op) == eitherRefOrBulk {
				continue
			}
			err := NewReader(code, 0, everything&^p).Next(&in)
			var e *fault.Error
			if !errors.As(err, &e) || e.Code != fault.IllegalOpCode || e.Info[0] != fault.RequiresProposal(p.Name()) {
				t.Errorf("%s without %s: %v", op, p.Name(), err)
			}
		}
	}
	// Reference types and bulk memory share what they both brought.
	for _, op := range []Op{OpRefNull, OpRefIsNull, OpMemoryFill, OpTableCopy} {
		in := sample(op)
		in.X, in.Heap = 0, HeapFunc
		code := AppendInstr(nil, &in)
		for _, f := range []Features{Wasm1 | ReferenceTypes, Wasm1 | BulkMemory} {
			if err := NewReader(code, 0, f).Next(&in); err != nil {
				t.Errorf("%s under %b: %v", op, f, err)
			}
		}
		if err := NewReader(code, 0, Wasm1).Next(&in); !errors.Is(err, fault.IllegalOpCode) {
			t.Errorf("%s under version 1: %v", op, err)
		}
	}
}

func TestLEB128(t *testing.T) {
	type result struct {
		v    int64
		code fault.Code
		last int
	}
	u32 := func(c *cursor) int64 { return int64(c.u32()) }
	u64 := func(c *cursor) int64 { return int64(c.u64()) }
	s32 := func(c *cursor) int64 { return int64(c.s32()) }
	s33 := (*cursor).s33
	s64 := (*cursor).s64
	for _, tc := range []struct {
		name string
		read func(*cursor) int64
		in   []byte
		want result
	}{
		{"zero", u32, []byte{0}, result{0, 0, 0}},
		{"padded zero", u32, []byte{0x80, 0x80, 0x80, 0x80, 0x00}, result{0, 0, 0}},
		{"u32 max", u32, []byte{0xFF, 0xFF, 0xFF, 0xFF, 0x0F}, result{1<<32 - 1, 0, 0}},
		{"u32 large", u32, []byte{0xFF, 0xFF, 0xFF, 0xFF, 0x10}, result{0, fault.IntegerTooLarge, 0}},
		{"u32 large and long", u32, []byte{0xFF, 0xFF, 0xFF, 0xFF, 0x9F, 0}, result{0, fault.IntegerTooLarge, 0}},
		{"u32 long", u32, []byte{0x80, 0x80, 0x80, 0x80, 0x80, 0x00}, result{0, fault.IntegerTooLong, 0}},
		{"u32 cut", u32, []byte{0x80, 0x80}, result{0, fault.UnexpectedEnd, 2}},
		{"u32 empty", u32, nil, result{0, fault.UnexpectedEnd, 0}},
		{"u64 max", u64, []byte{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01}, result{-1, 0, 0}},
		{"u64 large", u64, []byte{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02}, result{0, fault.IntegerTooLarge, 0}},
		{"s32 -1", s32, []byte{0x7F}, result{-1, 0, 0}},
		{"s32 63", s32, []byte{0x3F}, result{63, 0, 0}},
		{"s32 -64", s32, []byte{0x40}, result{-64, 0, 0}},
		{"s32 min", s32, []byte{0x80, 0x80, 0x80, 0x80, 0x78}, result{-1 << 31, 0, 0}},
		{"s32 max", s32, []byte{0xFF, 0xFF, 0xFF, 0xFF, 0x07}, result{1<<31 - 1, 0, 0}},
		{"s32 large", s32, []byte{0xFF, 0xFF, 0xFF, 0xFF, 0x08}, result{0, fault.IntegerTooLarge, 0}},
		{"s32 wrong sign bits", s32, []byte{0x80, 0x80, 0x80, 0x80, 0x70}, result{0, fault.IntegerTooLarge, 0}},
		{"s32 long", s32, []byte{0x80, 0x80, 0x80, 0x80, 0x80, 0x00}, result{0, fault.IntegerTooLong, 0}},
		{"s33 max", s33, []byte{0xFF, 0xFF, 0xFF, 0xFF, 0x0F}, result{1<<32 - 1, 0, 0}},
		{"s33 min", s33, []byte{0x80, 0x80, 0x80, 0x80, 0x70}, result{-1 << 32, 0, 0}},
		{"s64 min", s64, []byte{0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7F}, result{-1 << 63, 0, 0}},
		{"s64 large", s64, []byte{0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01}, result{0, fault.IntegerTooLarge, 0}},
	} {
		c := cursor{buf: tc.in}
		if got := (result{tc.read(&c), c.code, c.last}); got != tc.want {
			t.Errorf("%s: % x: got %+v, want %+v", tc.name, tc.in, got, tc.want)
		}
	}
}

// TestNumbersReadAsWritten covers the borders of every length of LEB128.
func TestNumbersReadAsWritten(t *testing.T) {
	for shift := range 64 {
		for d := -1; d <= 1; d++ {
			v := uint64(1)<<shift + uint64(d)
			if c := (&cursor{buf: AppendU64(nil, v)}); c.u64() != v || c.rest() != 0 {
				t.Errorf("u64 %d does not read as written", v)
			}
			for _, s := range []int64{int64(v), -int64(v)} {
				if c := (&cursor{buf: AppendS64(nil, s)}); c.s64() != s || c.rest() != 0 {
					t.Errorf("s64 %d does not read as written", s)
				}
			}
			if b := AppendU32(nil, uint32(v)); len(b) != SizeU32(uint32(v)) {
				t.Errorf("SizeU32(%d) = %d, want %d", uint32(v), SizeU32(uint32(v)), len(b))
			}
		}
	}
}

func TestBodyLocals(t *testing.T) {
	want := []LocalRun{{N: 300, Type: I32}, {N: 1, Type: Ref(4)}}
	code := append(AppendLocals(nil, want), 0x0B)
	runs, r, err := Body{Offset: 7, Code: code}.Locals(everything)
	if err != nil || !reflect.DeepEqual(runs, want) {
		t.Fatalf("Locals = %v, %v, want %v", runs, err, want)
	}
	var in Instr
	if err := r.Next(&in); err != nil || in.Op != OpEnd || in.Offset != 7+int64(len(code))-1 || r.More() {
		t.Errorf("after the locals: %v %v, want the end of the body", in, err)
	}
	_, _, err = Body{Code: []byte{2, 0xFF, 0xFF, 0xFF, 0x1F, 0x7F, 2, 0x7F, 0x0B}}.Locals(everything)
	if !errors.Is(err, fault.TooManyLocals) {
		t.Errorf("2^26+1 locals: %v", err)
	}
}

func BenchmarkReader(b *testing.B) {
	var code []byte
	for op := range NumOps {
		in := sample(op)
		code = AppendInstr(code, &in)
	}
	b.SetBytes(int64(len(code)))
	r := new(Reader)
	var in Instr
	for b.Loop() {
		for r.Reset(code, 0, everything); r.More(); {
			if err := r.Next(&in); err != nil {
				b.Fatal(err)
			}
		}
	}
}
