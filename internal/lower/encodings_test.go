package lower_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/heap"
	"github.com/wazedge/wazedge/internal/wasm"
)

// TestEncodings runs code written in ways that the engine takes for something else.
func TestEncodings(t *testing.T) {
	plain := []byte{0x60, 0, 1, 0x7F}
	for name, tc := range map[string]struct {
		typ    []byte
		locals string
		code   string
		want   string
	}{
		"memory.size":              {plain, "\x00", "\x3F\x80\x00", "1"},
		"memory.grow":              {plain, "\x00", "\x41\x01\x40\x80\x00", "1"},
		"memory.fill":              {plain, "\x00", "\x41\x00\x41\x07\x41\x04\xFC\x0B\x80\x00\x41\x00\x28\x02\x00", "117901063"},
		"memory.copy":              {plain, "\x00", "\x41\x00\x41\x07\x41\x04\xFC\x0A\x80\x00\x80\x80\x00\x41\x00\x28\x02\x00", "0"},
		"memory.init":              {plain, "\x00", "\x41\x00\x41\x00\x41\x03\xFC\x08\x00\x80\x00\x41\x00\x28\x02\x00", "6513249"},
		"memory 0 of an access":    {plain, "\x00", "\x41\x00\x28\x40\x00\x00", "0"},
		"memory 0 with padding":    {plain, "\x00", "\x41\x00\x28\x42\x80\x00\x00", "0"},
		"long offset of an access": {plain, "\x00", "\x41\x00\x28\x02\x80\x80\x80\x80\x80\x00", "0"},
		"opcode behind 0xFC":       {plain, "\x00", "\x43\x00\x00\x80\x3F\xFC\x80\x00", "1"},
		"opcode behind 0xFD":       {plain, "\x00", "\x41\x07\xFD\x91\x00\xFD\x9B\x00\x00", "7"},
		"opcode behind 0xFE":       {plain, "\x00", "\x41\x00\xFE\x90\x00\x02\x00", "0"},
		"count of select's types":  {plain, "\x00", "\x41\x01\x41\x02\x41\x00\x1C\x81\x00\x7F", "2"},
		"type of ref.null":         {plain, "\x00", "\xD0\xF0\x7F\xD1", "1"},
		"type of a block":          {plain, "\x00", "\x02\xC0\x7F\x0B\x41\x03", "3"},
		"type index of a block":    {plain, "\x00", "\x02\x80\x00\x41\x03\x0B", "3"},
		"long type of a local":     {plain, "\x01\x01\x63\x70", "\x20\x00\xD1", "1"},
		"padded type of a local":   {plain, "\x01\x01\xF0\x7F", "\x20\x00\xD1", "1"},
		"sub final":                {[]byte{0x4F, 0, 0x60, 0, 1, 0x7F}, "\x00", "\x41\x05", "5"},
	} {
		t.Run(name, func(t *testing.T) {
			file := oneFunction(tc.typ, tc.locals+tc.code+"\x0B")
			m, err := wasm.Decode(file, everyProposal)
			if err != nil {
				t.Fatal(err)
			}
			engines(t, func(t *testing.T, interpreter bool) {
				if got := instantiate(t, m, interpreter, false, heap.Config{}).call("f"); got != tc.want {
					t.Errorf("%s, want %s", got, tc.want)
				}
			})
		})
	}
}

// TestLongSizes gives a memory and a table a size in more bytes than a number of 32 bits has.
func TestLongSizes(t *testing.T) {
	long := []byte{0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00}
	for name, section := range map[string][]byte{
		"memory": slices.Concat([]byte{5, 9, 1, 0}, long),
		"table":  slices.Concat([]byte{4, 10, 1, 0x70, 0}, long),
	} {
		m, err := wasm.Decode(slices.Concat([]byte("\x00asm\x01\x00\x00\x00\x01\x05\x01\x60\x00\x01\x7F\x03\x02\x01\x00"),
			section, []byte("\x07\x05\x01\x01f\x00\x00\x0A\x06\x01\x04\x00\x41\x05\x0B")), everyProposal)
		if err != nil {
			t.Fatal(name, err)
		}
		engines(t, func(t *testing.T, interpreter bool) {
			if got := instantiate(t, m, interpreter, false, heap.Config{}).call("f"); got != "5" {
				t.Errorf("%s: %s, want 5", name, got)
			}
		})
	}
}

// oneFunction is a file with a function "f" of type typ, a memory and a passive
// segment "abc".
func oneFunction(typ []byte, body string) []byte {
	section := func(id byte, contents ...byte) []byte {
		return append([]byte{id, byte(len(contents))}, contents...)
	}
	return bytes.Join([][]byte{
		[]byte("\x00asm\x01\x00\x00\x00"),
		section(1, append([]byte{1}, typ...)...),
		section(3, 1, 0),
		section(5, 1, 0, 1),
		section(7, 1, 1, 'f', 0, 0),
		section(12, 1),
		section(10, append([]byte{1, byte(len(body))}, body...)...),
		section(11, 1, 1, 3, 'a', 'b', 'c'),
	}, nil)
}

// TestUsualEncodingsStay pads numbers as linkers do: no pass has anything to do.
func TestUsualEncodingsStay(t *testing.T) {
	file := oneFunction([]byte{0x60, 0, 1, 0x7F}, "\x81\x00\x81\x00\x7F"+"\x41\x80\x80\x80\x80\x00\x28\x82\x00\x80\x80\x80\x00\x1A\x20\x80\x80\x00\x0B")
	m, err := wasm.Decode(file, everyProposal)
	if err != nil {
		t.Fatal(err)
	}
	r := new(wasm.Reader)
	if _, err := m.OpenBody(0, r, everyProposal, nil); err != nil {
		t.Fatal(err)
	}
	for in := new(wasm.Instr); r.More(); {
		if err := r.Next(in); err != nil {
			t.Fatal(err)
		}
	}
	if m.Odd || r.Odd() {
		t.Errorf("taken for misread: module %v, body %v", m.Odd, r.Odd())
	}
	if got := instantiate(t, m, false, false, heap.Config{}).call("f"); got != "0" {
		t.Errorf("%s, want 0", got)
	}
}

// TestElementSegments gives the engine segments of every type of reference, in every
// form that expressions can have, in modules that use nothing else of the proposals.
func TestElementSegments(t *testing.T) {
	for _, heapType := range []string{
		"func", "extern", "any", "eq", "i31", "struct", "array", "exn", "none", "nofunc", "noextern", "noexn",
	} {
		for _, form := range []string{
			`(elem (ref null %[1]s) (ref.null %[1]s))`,
			`(elem declare (ref null %[1]s) (ref.null %[1]s))`,
			`(table 4 (ref null %[1]s)) (elem (i32.const 0) (ref null %[1]s) (ref.null %[1]s))`,
			`(table 1 funcref) (table $t 4 (ref null %[1]s)) (elem (table $t) (i32.const 0) (ref null %[1]s) (ref.null %[1]s))`,
			`(elem (ref %[1]s))`,
			`(elem declare (ref %[1]s))`,
		} {
			text := fmt.Sprintf("(module "+form+` (func (export "main") (result i32) (i32.const 7)))`, heapType)
			engines(t, func(t *testing.T, interpreter bool) {
				if got := run(t, text, interpreter, heap.Config{}).call("main"); got != "7" {
					t.Errorf("%s: %s", text, got)
				}
			})
		}
	}
}

// TestReferencesInDeadCode names every type of reference where nothing is executed, in modules that use
// nothing else of the proposals.
func TestReferencesInDeadCode(t *testing.T) {
	for _, heapType := range []string{
		"func", "extern", "any", "eq", "i31", "struct", "array", "exn", "none", "nofunc", "noextern", "noexn", "$f",
	} {
		for _, code := range []string{
			`(select (result (ref null %[1]s))) (drop)`,
			`(select (result (ref %[1]s))) (drop)`,
			`(block (result (ref null %[1]s)) (unreachable)) (drop)`,
			`(block (result (ref %[1]s)) (unreachable) (select (result (ref %[1]s)))) (ref.is_null) (drop)`,
			`(ref.null %[1]s) (drop)`,
			`(loop (param (ref null %[1]s)) (drop))`,
			`(br_on_null 0) (drop) (drop)`,
			`(call $g) (drop)`,
			`(throw_ref)`,
			`(ref.as_non_null) (drop)`,
		} {
			text := `(module (type $f (func)) (func (export "main") (result i32) (return (i32.const 7)) ` + code + ` (i32.const 8))`
			if strings.Contains(code, "$g") {
				text += ` (func $g (result (ref null %[1]s)) (unreachable))`
			}
			text = strings.ReplaceAll(text+")", "%[1]s", heapType)
			engines(t, func(t *testing.T, interpreter bool) {
				if got := runAlone(t, text, interpreter).call("main"); got != "7" {
					t.Errorf("%s: %s", text, got)
				}
			})
		}
	}
}
