package debuginfo

import (
	"bytes"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/wazedge/wazedge/internal/wasm"
)

// still is a state in which every local is an address of memory.
type still []byte

func (s still) Local(n uint64) (uint64, bool) { return 8 * n, n < 64 }

func (s still) Memory(at, n uint64) ([]byte, bool) {
	if at > uint64(len(s)) || n > uint64(len(s))-at {
		return nil, false
	}
	return s[at:][:n], true
}

// TestExpressions states where expressions say that variables are.
func TestExpressions(t *testing.T) {
	f := &frameOf{Machine: still(nil), base: place{known: true, bits: 100}}
	for _, tc := range []struct {
		expr []byte
		want place
	}{
		{[]byte{0xed, 0, 3}, place{known: true, bits: 24}},
		{[]byte{0xed, 0, 3, 0x9f}, place{known: true, value: true, bits: 24}},
		{[]byte{0xed, 0, 64, 0x9f}, place{value: true, bits: 512}}, // no such local
		{[]byte{0xed, 1, 0}, place{}},                              // of a global
		{[]byte{0xed, 0}, place{}},
		{[]byte{0x91, 0x08}, place{known: true, bits: 108}},
		{[]byte{0x91, 0x7c}, place{known: true, bits: 96}},
		{[]byte{0x91, 0x98, 0x7f, 0x23, 4}, place{known: true, bits: 0}},
		{[]byte{0x03, 1, 2, 0, 0}, place{known: true, bits: 0x201}},
		{[]byte{0x03, 1}, place{}},
		{[]byte{0x11, 0x7f, 0x9f}, place{known: true, value: true, bits: math.MaxUint64}},
		{[]byte{0x10, 0x80, 0x01}, place{known: true, bits: 128}},
		{[]byte{0x35, 0x9f}, place{known: true, value: true, bits: 5}},
		{[]byte{0x06}, place{}}, // what no compiler to WebAssembly writes
		{nil, place{}},
	} {
		if got := compute(tc.expr, f); got != tc.want {
			t.Errorf("% x: %+v, want %+v", tc.expr, got, tc.want)
		}
	}
}

// TestListsOfLocations states which expression of a list counts for a place, in both forms.
func TestListsOfLocations(t *testing.T) {
	before5 := []byte{
		10, 0, 0, 0, 20, 0, 0, 0, 1, 0, 0x31,
		0xff, 0xff, 0xff, 0xff, 100, 0, 0, 0, // from here on, addresses are from 100 on
		0, 0, 0, 0, 5, 0, 0, 0, 1, 0, 0x32,
		0, 0, 0, 0, 0, 0, 0, 0,
	}
	for pc, want := range map[uint64][]byte{9: nil, 10: {0x31}, 19: {0x31}, 20: nil, 100: {0x32}, 105: nil} {
		if got := listedBefore5(before5, 0, 0, pc); !bytes.Equal(got, want) {
			t.Errorf("at %d: % x, want % x", pc, got, want)
		}
	}
	for cut := range before5 {
		listedBefore5(before5[:cut], 0, 0, 104) // ends
	}
}

// TestScalars states how numbers are told.
func TestScalars(t *testing.T) {
	for _, tc := range []struct {
		encoding   int
		size, bits uint64
		want       string
	}{
		{encodingSigned, 4, 0xffffffff, "-1"}, {encodingSigned, 8, 5, "5"}, {7, 2, 0xffff, "65535"},
		{encodingBool, 1, 1, "true"}, {encodingFloat, 4, 0x3f000000, "0.5"}, {encodingFloat, 8, 0xc004000000000000, "-2.5"},
		{encodingSignedChar, 1, 'q', `113 'q'`}, {encodingSignedChar, 1, 0xff, "-1"}, {encodingUnsignedChar, 1, 7, "7"},
	} {
		if got := scalar(tc.encoding, tc.size, tc.bits); got != tc.want {
			t.Errorf("%+v: %s", tc, got)
		}
	}
}

// guest is testdata/traps/NAME, and where its code is.
func guest(t testing.TB, name string) (*wasm.Module, int64) {
	t.Helper()
	b, err := os.ReadFile("../../testdata/traps/" + name)
	if err != nil {
		t.Fatal(err)
	}
	m, err := wasm.Decode(b, wasm.Wasm3)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range m.Sections {
		if s.ID == wasm.SectionCode {
			return m, s.Offset
		}
	}
	t.Fatal("no code")
	return nil, 0
}

// FuzzVariables states that whatever is in the DWARF of a module, telling places and variables ends.
func FuzzVariables(f *testing.F) {
	for _, name := range []string{".debug_info", ".debug_abbrev", ".debug_loc", ".debug_str", ".debug_line"} {
		for _, at := range []uint32{0, 11, 40, 100, 177} {
			f.Add(name, at, []byte{0xff, 0x80, 3})
		}
	}
	f.Fuzz(func(t *testing.T, name string, at uint32, with []byte) {
		m, code := guest(t, "locals.wasm")
		for n := range m.Customs {
			if c := &m.Customs[n]; c.Name == name && int(at) < len(c.Data) {
				c.Data = slices.Clone(c.Data)
				copy(c.Data[at:], with)
			}
		}
		info := New(m, code, nil)
		for n, b := range m.Bodies {
			for _, offset := range []int64{b.Offset + 20, b.Offset + int64(len(b.Code)) - 2} {
				info.Places(uint32(n), offset)
				for _, list := range info.Variables(offset, make(still, 1024)) {
					for _, v := range list {
						if len(v.Value) > maxText+len("…") {
							t.Fatalf("%d bytes are told of %s", len(v.Value), v.Name)
						}
					}
				}
			}
		}
	})
}

// TestDamagedDWARF states that telling places and variables comes to an end, and soon, whatever bytes of
// the sections are others.
func TestDamagedDWARF(t *testing.T) {
	names := []string{".debug_info", ".debug_abbrev", ".debug_loc", ".debug_str", ".debug_line"}
	r := rand.New(rand.NewPCG(1, 2))
	m, code := guest(t, "locals.wasm")
	whole := slices.Clone(m.Customs)
	for range 400 {
		copy(m.Customs, whole)
		for k := range m.Customs {
			c := &m.Customs[k]
			if !slices.Contains(names, c.Name) || r.IntN(2) == 0 {
				continue
			}
			c.Data = slices.Clone(c.Data)
			for range 1 + r.IntN(6) {
				c.Data[r.IntN(len(c.Data))] = []byte{0, 1, 0xff, 0x80, 0x7f, byte(r.Uint32())}[r.IntN(6)]
			}
		}
		info := New(m, code, nil)
		for k, b := range m.Bodies {
			offset := b.Offset + int64(len(b.Code)) - 2
			info.Places(uint32(k), offset)
			info.Variables(offset, make(still, 1024))
		}
		if d := info.dwarf; d != nil && d.read > maxRead+1 {
			t.Fatalf("%d entries are read", d.read)
		}
	}
}
