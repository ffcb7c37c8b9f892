package wasm_test

import (
	"reflect"
	"testing"

	"github.com/wazedge/wazedge/internal/wasm"
)

func TestNamesReadAsWritten(t *testing.T) {
	two := []wasm.Name{{Index: 0, Name: "a"}, {Index: 300, Name: "ünïcode"}}
	nested := []wasm.IndirectNames{{Index: 1, Names: two}, {Index: 7, Names: two[1:]}}
	want := wasm.Names{
		Module: "m", Funcs: two, Types: two, Tables: two, Memories: two, Globals: two, Elems: two, Datas: two,
		Tags: two, Locals: nested, Labels: nested, Fields: nested,
	}
	m := &wasm.Module{Customs: []wasm.Custom{{Name: "name", Data: []byte{9, 9}}, {Name: "other"}}}
	m, err := wasm.Decode(wasm.Encode(m.WithNames(want)), everything)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Customs) != 2 {
		t.Errorf("%d custom sections, want the other one and one for names", len(m.Customs))
	}
	got := m.Names()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got.FuncName(300) != "ünïcode" || got.FuncName(1) != "" {
		t.Errorf("FuncName(300) = %q, FuncName(1) = %q", got.FuncName(300), got.FuncName(1))
	}
}

// TestMalformedNamesAreLeftOut: a subsection is read as far as it goes, and does
// not spoil the others.
func TestMalformedNamesAreLeftOut(t *testing.T) {
	for _, tc := range []struct {
		name string
		data []byte
		want wasm.Names
	}{
		{"cut module name", []byte{0, 2, 5, 'm'}, wasm.Names{}},
		{"cut function names, then types", []byte{1, 6, 2, 0, 1, 'f', 1, 9, 4, 4, 1, 0, 1, 't'},
			wasm.Names{Funcs: []wasm.Name{{Index: 0, Name: "f"}}, Types: []wasm.Name{{Index: 0, Name: "t"}}}},
		{"unknown subsection", []byte{99, 1, 0, 0, 2, 1, 'm'}, wasm.Names{Module: "m"}},
		{"size beyond the section", []byte{0, 2, 1, 'm', 1, 99, 0}, wasm.Names{Module: "m", Funcs: []wasm.Name{}}},
		{"count beyond the section", []byte{1, 5, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F}, wasm.Names{Funcs: []wasm.Name{}}},
	} {
		m := &wasm.Module{Customs: []wasm.Custom{{Name: "name", Data: tc.data}}}
		if got := m.Names(); !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%s: got %+v, want %+v", tc.name, got, tc.want)
		}
	}
}
