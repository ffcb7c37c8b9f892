package validate_test

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wasm/validate"
)

// TestFirstErrorWins checks modules with several wrong bodies, among enough code to
// share it: the error is that of the first one, however many workers there are.
func TestFirstErrorWins(t *testing.T) {
	good := bytes.Repeat([]byte{0x41, 0x00, 0x1A}, 100) // i32.const 0, drop
	bad := func(op byte) []byte { return []byte{0x00, op, 0x0B} }
	body := func(m *wasm.Module, code []byte) {
		m.Funcs = append(m.Funcs, 0)
		m.Bodies = append(m.Bodies, wasm.Body{Offset: int64(1000 * len(m.Bodies)), Code: code})
	}
	m := &wasm.Module{Types: []wasm.SubType{{Kind: wasm.CompFunc, Final: true}}, RecGroups: []wasm.RecGroup{{Len: 1}}}
	for i := range 2000 {
		switch i {
		case 700:
			body(m, bad(0x45)) // i32.eqz
		case 701, 1400:
			body(m, bad(0x50)) // i64.eqz
		default:
			body(m, append(append([]byte{0}, good...), 0x0B))
		}
	}
	for _, workers := range []int{1, 2, 3, 8} {
		_, err := validate.Module(m, everything, validate.Options{Workers: workers})
		if got, want := summary(err), "type mismatch; Value stack underflow.; In instruction: i32.eqz (0x3b)"+inBody; got != want {
			t.Errorf("%d workers: got %s, want %s", workers, got, want)
		}
	}

	// WasmEdge reads all code before it validates any.
	body(m, bad(0xC7))
	_, err := validate.Module(m, everything, validate.Options{})
	if !errors.Is(err, fault.IllegalOpCode) {
		t.Errorf("with a malformed body at the end: %v, want illegal opcode", err)
	}
}

// hostile are modules of which a few bytes ask for much.
var hostile = []struct {
	name, verdict string
	src           func() *wasm.Module
}{
	{"many locals", "valid", func() *wasm.Module {
		return funcModule(wasm.FuncType{}, []byte{1, 0x80, 0x80, 0x80, 0x20, 0x7F, 0x20, 0xFF, 0xFF, 0xFF, 0x1F, 0x1A, 0x0B})
	}},
	{"many locals without a default", "uninitialized local", func() *wasm.Module {
		// Set the last of 2^26, read it, and read it again after the block.
		last := []byte{0xFF, 0xFF, 0xFF, 0x1F}
		code := append([]byte{1, 0x80, 0x80, 0x80, 0x20, 0x64, 0x6E, 0x02, 0x40, 0x00, 0x21}, last...)
		code = append(append(code, 0x20), last...)
		code = append(append(code, 0x1A, 0x0B, 0x20), last...)
		return funcModule(wasm.FuncType{}, append(code, 0x1A, 0x0B))
	}},
	{"deep nesting", "valid", func() *wasm.Module {
		code := append([]byte{0}, bytes.Repeat([]byte{0x02, 0x40}, 200_000)...)
		return funcModule(wasm.FuncType{}, append(code, bytes.Repeat([]byte{0x0B}, 200_001)...))
	}},
	{"calls that return much", "invalid result arity", func() *wasm.Module {
		code := append([]byte{0}, bytes.Repeat([]byte{0x10, 0x00}, 100_000)...)
		return funcModule(wasm.FuncType{Results: many(1 << 16)}, append(code, 0x0B))
	}},
	{"branches that carry much", "invalid result arity", func() *wasm.Module {
		code := append([]byte{0, 0x00, 0x41, 0, 0x0D, 0}, bytes.Repeat([]byte{0x41, 0, 0x0D, 0}, 100_000)...)
		return funcModule(wasm.FuncType{Results: many(1 << 16)}, append(code, 0x0B))
	}},
	{"bodies that carry much", "invalid result arity", func() *wasm.Module {
		m := funcModule(wasm.FuncType{Results: many(60_000)}, nil)
		m.Funcs, m.Bodies = make([]uint32, 50_000), make([]wasm.Body, 50_000)
		for i := range m.Bodies {
			m.Bodies[i].Code = []byte{0, 0x00, 0x41, 0, 0x0D, 0, 0x0B}
		}
		return m
	}},
	{"ifs that do not fall through", "type mismatch; Value stack underflow.; In instruction: i32.eqz (0x3b)", func() *wasm.Module {
		code := append([]byte{0}, bytes.Repeat([]byte{0x41, 0x00, 0x04, 0x7F}, 100_000)...)
		code = append(append(code, 0x45), bytes.Repeat([]byte{0x05, 0x0B}, 100_000)...)
		return funcModule(wasm.FuncType{}, append(code, 0x0B))
	}},
	{"fixed arrays of many elements", "valid", func() *wasm.Module {
		m := funcModule(wasm.FuncType{}, []byte{0, 0x00, 0xFB, 0x08, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0x1A, 0x0B})
		m.Types = append(m.Types, wasm.SubType{Kind: wasm.CompArray, Fields: []wasm.FieldType{{Type: wasm.I32}}})
		m.RecGroups = append(m.RecGroups, wasm.RecGroup{Start: 1, Len: 1})
		return m
	}},
}

// many is n times i32.
func many(n int) []wasm.ValType {
	types := make([]wasm.ValType, n)
	for i := range types {
		types[i] = wasm.I32
	}
	return types
}

// funcModule has one function of type t.
func funcModule(t wasm.FuncType, code []byte) *wasm.Module {
	return &wasm.Module{
		Types:     []wasm.SubType{{Kind: wasm.CompFunc, Final: true, Func: t}},
		RecGroups: []wasm.RecGroup{{Len: 1}},
		Funcs:     []uint32{0},
		Bodies:    []wasm.Body{{Code: code}},
	}
}

// TestAllocation holds memory to a multiple of the module's size. Time is held to
// one too: without the limits these modules would take minutes.
func TestAllocation(t *testing.T) {
	for _, h := range hostile {
		t.Run(strings.ReplaceAll(h.name, " ", "_"), func(t *testing.T) {
			m := h.src()
			_, err := validate.Module(m, everything, validate.Options{})
			if got := summary(err); !strings.HasPrefix(got, h.verdict) {
				t.Errorf("got %s, want %s", got, h.verdict)
			}
			size := uint64(len(wasm.Encode(m)))
			if got, most := allocated(m), 64*size+4<<20; got > most {
				t.Errorf("%d bytes allocated for a module of %d, want at most %d", got, size, most)
			}
		})
	}
}

// allocated is how many bytes validation of m allocates.
func allocated(m *wasm.Module) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _ = validate.Module(m, everything, validate.Options{Workers: 1})
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestSupertypeDepth holds chains of supertypes to their limit.
func TestSupertypeDepth(t *testing.T) {
	chain := func(n int) *wasm.Module {
		m := &wasm.Module{}
		for i := range n {
			t := wasm.SubType{Kind: wasm.CompStruct}
			if i > 0 {
				t.Supers = []uint32{uint32(i - 1)}
			}
			m.Types = append(m.Types, t)
			m.RecGroups = append(m.RecGroups, wasm.RecGroup{Start: uint32(i), Len: 1})
		}
		return m
	}
	if _, err := validate.Module(chain(64), everything, validate.Options{}); err != nil {
		t.Errorf("63 supertypes: %v", err)
	}
	_, err := validate.Module(chain(65), everything, validate.Options{})
	want := fmt.Sprintf("sub type; Subtype depth for type %d exceeded the limits of %d; When checking subtype hierarchy of super type %d.", 63, 63, 63)
	if got := summary(err); got != want {
		t.Errorf("64 supertypes: got %s, want %s", got, want)
	}
}
