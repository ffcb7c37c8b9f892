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
	"loops in a row":           func(n int) []byte { return repeated("", "\x03\x40\x20\x00\x41\x01\x6a\x22\x00\x0d\x00\x0b", n, "") },
	"a table of branches":      func(n int) []byte { return tabled(n) },
	"places gone to by number": func(n int) []byte { return numbered(n/4, 8) },
	"values that live long":    func(n int) []byte { return lasting(n) },
	"constants":                func(n int) []byte { return repeated("\x41\x00", "\x41\x07\x6a", n, "\x1a") },
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

// numbered goes from place to place by local 1, as programs of Go do: forwards, and from the last of n places to the
// first and to one in the middle. It assigns one of so many locals at each.
func numbered(n, locals int) []byte {
	b := append([]byte("\x03\x40"), strings.Repeat("\x02\x40", n)...)
	b = append(b, 0x20, 1, 0x0E)
	b = wasm.AppendU32(b, uint32(n-1))
	for k := range n {
		b = wasm.AppendU32(b, uint32(k))
	}
	jump := func(to, depth int) {
		b = append(b, "\x20\x00\x04\x40\x41"...)
		b = wasm.AppendS32(b, int32(to))
		b = append(b, 0x21, 1, 0x0C)
		b = wasm.AppendU32(b, uint32(depth+1))
		b = append(b, 0x0B)
	}
	for k := range n {
		b = append(b, 0x0B)
		local := uint32(2 + k%locals)
		b = append(b, 0x20)
		b = wasm.AppendU32(b, local)
		b = append(b, "\x41\x01\x6a\x21"...)
		b = wasm.AppendU32(b, local)
		switch {
		case k == n-1:
			jump(0, 0)
			jump(n/2, 0)
		case k%3 == 0:
			jump(k+2, n-1-k)
		}
	}
	return append(b, 0x0B)
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
func shaped(t testing.TB, code []byte) *module { return shapedOf(t, code, 64) }

// shapedOf is [shaped] with so many locals.
func shapedOf(t testing.TB, code []byte, locals uint32) *module {
	t.Helper()
	m, err := wat.Parse([]byte(`(module (memory 1) (func (param i32) (result i32) (local.get 0)))`))
	if err != nil {
		t.Fatal(err)
	}
	m.Bodies[0].Code = append(append(wasm.AppendU32([]byte{1}, locals), 0x7F), append(code, 0x20, 0, 0x0B)...)
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

// TestPlacesAreBounded states that functions that go from place to place by a number are compiled in proportion to
// their places times their locals up to a bound, and left to the engine, or built as the table that they are, behind it.
func TestPlacesAreBounded(t *testing.T) {
	for _, c := range []struct {
		places, locals int
		ok             bool
	}{{100, 60, true}, {800, 60, true}, {60, 3000, true}, {4000, 60, false}, {4000, 4000, false}, {400, 4000, false}} {
		m := shapedOf(t, numbered(c.places, c.locals), uint32(c.locals+1))
		var r wasm.Reader
		if _, err := m.OpenBody(0, &r, features, nil); err != nil {
			t.Fatal(err)
		}
		if d := dispatchOf(r, c.locals+2, &followed{m: m}); c.ok && (d == nil || len(d.regions) != 2) {
			t.Errorf("%d places, %d locals: not found", c.places, c.locals)
		}
		work, values, err := workOfModule(t, m)
		if most := 8*c.places*c.locals + 100_000; work > 8*most || values > most || values > maxValues+maxSnapshots {
			t.Errorf("%d places, %d locals: %d units of work, %d values", c.places, c.locals, work, values)
		}
		if ok := err == nil; ok != c.ok {
			t.Errorf("%d places, %d locals: %v", c.places, c.locals, err)
		}
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
	work, _, err = workOfModule(t, shaped(t, code))
	return work, err
}

// workOfModule compiles the function of m, and tells the work that was counted and how many values there were.
func workOfModule(t *testing.T, m *module) (work, values int, err error) {
	defer func() {
		if d, ok := recover().(declined); ok {
			err = d
		}
	}()
	f, err := build(m, 0)
	if err != nil {
		return 0, 0, err
	}
	allowed := f.work
	defer func() {
		work, values = allowed-f.work, len(f.vals)
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
	l, err := placing(f)
	if err != nil {
		t.Fatal(err)
	}
	amd64{}.emit(l)
	return 0, 0, nil
}
