package wasm_test

import (
	"slices"
	"testing"

	"github.com/wazedge/wazedge/internal/wasm"
)

// TestIntegerConstant states the values of constants, however many bytes they are written in.
func TestIntegerConstant(t *testing.T) {
	none := func(uint32) (uint64, bool) { return 0, false }
	for _, v := range []int32{0, 1, -1, 63, 64, -64, -65, 8191, 8192, -8192, -8193, 1 << 20, -1 << 20, 1<<27 - 1, 1 << 27, -1 << 27, 1<<31 - 1, -1 << 31} {
		number := wasm.AppendS32(nil, v)
		for len(number) <= 5 {
			code := append(append([]byte{0x41}, number...), 0x0B)
			if got, ok := wasm.IntegerConstant(wasm.Expr{Code: code}, wasm.Wasm1, none); !ok || got != uint64(uint32(v)) {
				t.Errorf("%x: got %#x, %v, want %#x", code, got, ok, uint32(v))
			}
			last := len(number) - 1
			number[last] |= 0x80
			number = append(number, byte(v>>31)&0x7F)
		}
	}
	for _, code := range [][]byte{{0x41, 0x00}, {0x41, 0x00, 0x1A, 0x0B}, {0x43, 0, 0, 0, 0, 0x0B}, {0x23, 0x00, 0x0B}, {0x0B}, nil} {
		if got, ok := wasm.IntegerConstant(wasm.Expr{Code: code}, wasm.Wasm1, none); ok {
			t.Errorf("%x: got %#x", code, got)
		}
	}
}

// TestDataSegmentsInFiles states that entries of a file are the same one by one and in a row,
// whichever of their forms they have.
func TestDataSegmentsInFiles(t *testing.T) {
	expr := func(code ...byte) wasm.Expr { return wasm.Expr{Code: append(code, 0x0B)} }
	want := []wasm.DataSegment{
		{Offset: expr(0x41, 0x00), Init: []byte("plain")},
		{Offset: expr(0x41, 0x80, 0x08), Init: []byte{}},
		{Flags: 2, Offset: expr(0x41, 0x01), Init: []byte("in a named memory")},
		{Flags: 1, Mode: wasm.Passive, Init: []byte("passive")},
		{Offset: expr(0x41, 0x80, 0x80, 0x80, 0x80, 0x01), Init: []byte("far")},
		{Offset: expr(0x23, 0x00), Init: []byte("by a global")},
	}
	bin := wasm.Encode(&wasm.Module{Memories: make([]wasm.MemoryType, 1), Datas: wasm.DataSegmentsOf(want)})
	m, err := wasm.Decode(bin, wasm.Wasm3)
	if err != nil {
		t.Fatal(err)
	}
	if m.Datas.Plain() {
		t.Error("all entries are plain")
	}
	for i, s := range m.Datas.All() {
		w := want[i]
		if s.Flags != w.Flags || s.Mode != w.Mode || !slices.Equal(s.Offset.Code, w.Offset.Code) || string(s.Init) != string(w.Init) {
			t.Errorf("entry %d: got %+v, want %+v", i, s, w)
		}
		if again := m.Datas.At(i); again.FilePos != s.FilePos || again.Offset.Offset != s.Offset.Offset || string(again.Init) != string(s.Init) {
			t.Errorf("entry %d by itself: got %+v, want %+v", i, again, s)
		}
		if bin[s.FilePos] != byte(s.Flags) || s.Mode == wasm.Active && bin[s.Offset.Offset] != s.Offset.Code[0] {
			t.Errorf("entry %d is not at %#x, or its offset not at %#x", i, s.FilePos, s.Offset.Offset)
		}
	}
}
