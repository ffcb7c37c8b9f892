package native

import (
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// shapes are functions that grow with n in one way each.
var shapes = map[string]func(n int) []byte{
	"calls in one block": func(n int) []byte { return repeated("", "\x41\x00\x10\x00\x1a", n, "") },
	"accesses in many blocks": func(n int) []byte {
		return repeated("", "\x02\x40\x20\x00\x41\x05\x6a\x22\x00\x28\x02\x00\x0d\x00\x0b", n, "")
	},
	"nested blocks":         func(n int) []byte { return repeated(strings.Repeat("\x02\x40\x20\x00\x0d\x00", n), "\x0b", n, "") },
	"branches to one block": func(n int) []byte { return repeated("\x02\x40", "\x20\x00\x41\x01\x6a\x22\x00\x0d\x00", n, "\x0b") },
	"nested loops": func(n int) []byte {
		return repeated(strings.Repeat("\x03\x40\x20\x00\x41\x01\x6a\x21\x00", n), "\x20\x00\x0d\x00\x0b", n, "")
	},
	"loops in a row":        func(n int) []byte { return repeated("", "\x03\x40\x20\x00\x41\x01\x6a\x22\x00\x0d\x00\x0b", n, "") },
	"a table of branches":   func(n int) []byte { return tabled(n) },
	"values that live long": func(n int) []byte { return lasting(n) },
	"constants":             func(n int) []byte { return repeated("\x41\x00", "\x41\x07\x6a", n, "\x1a") },
	"floats": func(n int) []byte {
		return repeated("\x44\x00\x00\x00\x00\x00\x00\xf0\x3f", "\x44\x01\x00\x00\x00\x00\x00\xf0\x3f\xa0", n, "\x1a")
	},
	"ifs in a row": func(n int) []byte {
		return repeated("", "\x20\x00\x04\x40\x20\x00\x41\x01\x6a\x21\x00\x05\x41\x03\x21\x00\x0b", n, "")
	},
	"stores in one block": func(n int) []byte {
		return repeated("", "\x20\x00\x41\x07\x36\x02\x00\x20\x00\x41\x03\x6a\x21\x00", n, "")
	},
	"divisions":                 func(n int) []byte { return repeated("\x20\x00", "\x20\x00\x6d", n, "\x21\x00") },
	"many locals at many joins": func(n int) []byte { return joined(n) },
}

func repeated(before, each string, n int, behind string) []byte {
	return []byte(before + strings.Repeat(each, n) + behind)
}

// tabled is a br_table of n targets, each of which does something of its own.
func tabled(n int) []byte {
	b := []byte(strings.Repeat("\x02\x40", n))
	b = append(b, 0x20, 0, 0x0E)
	b = wasm.AppendU32(b, uint32(n-1))
	for k := range n {
		b = wasm.AppendU32(b, uint32(k))
	}
	for range n {
		b = append(b, "\x0b\x20\x00\x41\x01\x6a\x21\x00"...)
	}
	return b
}

// lasting computes n values before the first of them is used.
func lasting(n int) []byte {
	var b []byte
	for k := range n {
		b = append(b, 0x20, 0, 0x41)
		b = wasm.AppendS32(b, int32(k))
		b = append(b, 0x73)
	}
	for range n - 1 {
		b = append(b, 0x6A)
	}
	return append(b, 0x21, 0)
}

// joined assigns all locals in each of n branches.
func joined(n int) []byte {
	var b []byte
	for k := range n {
		b = append(b, 0x20, 0, 0x04, 0x40, 0x20, 0, 0x21)
		b = wasm.AppendU32(b, uint32(k%60))
		b = append(b, 0x0B)
	}
	return b
}

// shaped is a module whose function has the body code and 64 more locals.
func shaped(t testing.TB, code []byte) *module {
	t.Helper()
	m, err := wat.Parse([]byte(`(module (memory 1) (func (param i32) (result i32) (local.get 0)))`))
	if err != nil {
		t.Fatal(err)
	}
	m.Bodies[0].Code = append(append([]byte{1, 64, 0x7F}, code...), 0x20, 0, 0x0B)
	return encoded(t, m)
}

// TestWorkIsLinear states that what a function takes to compile grows no faster than the function,
// whatever its shape.
func TestWorkIsLinear(t *testing.T) {
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			small, err := workOf(t, shape(250))
			large, errLarge := workOf(t, shape(2000))
			if large > 10*small || err == nil && errLarge != nil {
				t.Errorf("%d units of work, %v; and %d, %v, for what is eight times as large", small, err, large, errLarge)
			}
		})
	}
}

// TestWorkEnds states that a function is left to the engine that takes more than its size allows.
func TestWorkEnds(t *testing.T) {
	m := shaped(t, lasting(100))
	f, err := build(m, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if _, ok := recover().(declined); !ok {
			t.Error("there is no end")
		}
	}()
	for range 100 {
		f.spend(workPerFunction)
	}
}

// workOf compiles a function with the body code, and tells the work that was counted.
func workOf(t *testing.T, code []byte) (work int, err error) {
	m := shaped(t, code)
	f, err := build(m, 0)
	if err != nil {
		return 0, err
	}
	allowed := f.work
	defer func() {
		work = allowed - f.work
		if p := recover(); p != nil {
			d, ok := p.(declined)
			if !ok {
				panic(p)
			}
			work, err = min(work, allowed), d
		}
	}()
	f.optimize()
	if err := f.verifyAccesses(); err != nil {
		t.Fatal(err)
	}
	l := lower(f)
	allocate(l)
	if err := l.verifyPlaces(); err != nil {
		t.Fatal(err)
	}
	amd64{}.emit(l)
	return 0, nil
}
