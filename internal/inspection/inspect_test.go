package inspection

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/legible"
	"github.com/wazedge/wazedge/internal/wasm"
)

var update = flag.Bool("update", false, "write what is told to the expected files")

// standard are options as the command has them.
var standard = Options{Features: wasm.Wasm3, Functions: 3}

// TestReports compares what is told, for people and for scripts, with the files of
// testdata.
func TestReports(t *testing.T) {
	linked := standard
	linked.Linked = []Linked{{"lib", "testdata/lib.wat"}}
	for name, tc := range map[string]struct {
		file    string
		options Options
	}{
		"whole": {"whole.wat", linked}, "alone": {"whole.wat", standard}, "names": {"names.wat", standard}, "lib": {"lib.wat", standard},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := Inspect("testdata/"+tc.file, tc.options)
			if err != nil {
				t.Fatal(err)
			}
			if r.Compile == nil || r.Compile.Interpreted || r.Compile.Time <= 0 {
				t.Errorf("compiling: %+v", r.Compile)
			}
			r.Compile = nil // differs from processor to processor
			b, err := legible.JSON(r)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name+".json", string(b))
			golden(t, name+".txt", r.Text())
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	name = filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is to be\n%s\nbut is\n%s", name, want, got)
	}
	for n, line := range strings.Split(got, "\n") {
		if strings.HasSuffix(name, ".txt") && utf8.RuneCountInString(line) > legible.Screen {
			t.Errorf("%s: line %d is wider than the screen", name, n+1)
		}
		for _, r := range line {
			if !strconv.IsPrint(r) {
				t.Errorf("%s: line %d has %q", name, n+1, r)
			}
		}
	}
}

// TestManyOfOneThing states that a report of a module with very many of one thing has all
// for scripts, and little for people.
func TestManyOfOneThing(t *testing.T) {
	const many = 250_000
	m := &wasm.Module{Types: []wasm.SubType{{Kind: wasm.CompFunc, Final: true}}}
	m.RecGroups = []wasm.RecGroup{{Start: 0, Len: 1}}
	m.Funcs = make([]uint32, many)
	m.Bodies = make([]wasm.Body, many)
	for i := range m.Bodies {
		m.Bodies[i].Code = []byte{0, 0x0B}
		m.Exports = append(m.Exports, wasm.Export{Name: fmt.Sprint("f", i), Kind: wasm.ExternFunc, Index: uint32(i)})
	}
	path := filepath.Join(t.TempDir(), "many.wasm")
	if err := os.WriteFile(path, wasm.Encode(m), 0o666); err != nil {
		t.Fatal(err)
	}
	r, err := Inspect(path, standard)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Valid || len(r.Exports) != many || r.Counts.Functions != many || len(r.Functions) != 3 {
		t.Errorf("valid %v, %d exports, %d functions, %d largest", r.Valid, len(r.Exports), r.Counts.Functions, len(r.Functions))
	}
	if text := r.Text(); len(text) > 16<<10 {
		t.Errorf("the text has %d bytes", len(text))
	}
}

// TestInvalid states that what is not valid is told as far as it can be read, with why.
func TestInvalid(t *testing.T) {
	for name, text := range map[string]string{
		"type":  `(module (func (export "f") (result i32)))`,
		"index": `(module (export "f" (func 7)) (export "g" (global 7)) (export "t" (table 7)) (export "m" (memory 7)) (export "e" (tag 7)))`,
		"start": `(module (import "m" "f" (func (param i32))) (start 0))`,
	} {
		path := filepath.Join(t.TempDir(), name+".wat")
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		r, err := Inspect(path, standard)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if r.Valid || r.Error == "" || len(r.Exports)+len(r.Imports) == 0 || r.Compile != nil {
			t.Errorf("%s: %+v", name, r)
		}
		if !strings.Contains(r.Text(), "no: validation failed") {
			t.Errorf("%s: %s", name, r.Text())
		}
	}
}

// TestNoModule states that what is no module is an error with WasmEdge's code.
func TestNoModule(t *testing.T) {
	for text, want := range map[string]fault.Code{
		"":                            fault.UnexpectedEnd,
		"<html>":                      fault.MalformedMagic,
		"\x7fELF\x02\x01\x01\x00":     fault.MalformedMagic,
		"\x00asm":                     fault.UnexpectedEnd,
		"\x00asm\x01\x00\x00\x00\x01": fault.UnexpectedEnd,
	} {
		path := filepath.Join(t.TempDir(), "file.wasm")
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := Inspect(path, standard); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", text, err, want)
		}
	}
	if _, err := Inspect(filepath.Join(t.TempDir(), "none"), standard); !errors.Is(err, fault.IllegalPath) {
		t.Errorf("no file: %v", err)
	}
}

// TestComponent states what is told of a component: who provides what it imports, the types of
// what it exports, its core modules.
func TestComponent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.wat")
	text := `(component
		(import "wasi:cli/stdout@0.2.3" (instance (export "no-such" (func))))
		(import "a:b/c" (instance (type (list u8)) (export "bytes" (type (eq 0))) (export "f" (func (param "x" 1)))))
		(core module $core (memory 2 3) (func (export "f") (param i32) (result i32) (i32.extend8_s (local.get 0))))
		(core instance $i (instantiate $core))
		(func $f (param "n" u32) (result u32) (canon lift (core func $i "f")))
		(instance $text (export "f" (func $f))) (export "d:e/f@1.0.0" (instance $text)) (export "g" (func $f)))`
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	r, err := Inspect(path, standard)
	if err != nil || r.Kind != "component" || r.Entry != "reactor" || r.Format != "text" || !r.Valid {
		t.Fatalf("%+v, %v", r, err)
	}
	if w := r.Imports[0]; w.Provider != byWASI || *w.Items[0].Provided {
		t.Errorf("WASI: %+v", w)
	}
	if other := r.Imports[1]; other.Provider != byNobody || other.Items[0] != (Item{Name: "f", Kind: "function", Type: "func(x: bytes)"}) {
		t.Errorf("another interface: %+v", other)
	}
	want := []Item{{Name: "g", Kind: "function", Type: "func(n: u32) -> u32"}, {Name: "d:e/f@1.0.0#f", Kind: "function", Type: "func(n: u32) -> u32"}}
	if !slices.Equal(r.Exports, want) {
		t.Errorf("exports: %+v", r.Exports)
	}
	if m := r.CoreModules; len(m) != 1 || m[0].Name != "core" || m[0].Functions != 1 || m[0].Memories[0].Min != 2 {
		t.Errorf("core modules: %+v", m)
	}
	for _, want := range []string{"reactor component", "WASI 0.2", "nobody provides this", "Core modules", "core"} {
		if !strings.Contains(r.Text(), want) {
			t.Errorf("no %q in\n%s", want, r.Text())
		}
	}
}

// TestInvalidComponent states that what is wrong with a component is told.
func TestInvalidComponent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.wat")
	if err := os.WriteFile(path, []byte("(component (instance (instantiate 7)))"), 0o666); err != nil {
		t.Fatal(err)
	}
	if r, err := Inspect(path, standard); err != nil || r.Valid || r.Error == "" {
		t.Errorf("%+v, %v", r, err)
	}
}
