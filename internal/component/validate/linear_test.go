package validate_test

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/component/validate"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// many are components of n definitions each: what comes first, and the one of number i.
var many = []struct {
	name, first string
	definition  func(i int) string
}{
	{"aliases", core, func(int) string { return `(alias core export $i "f" (core func))` }},
	{"lifted functions", core, func(int) string { return `(func (param "a" u32) (result u32) (canon lift (core func $i "f")))` }},
	{"lowered functions", core + `(func $g (param "a" u32) (result u32) (canon lift (core func $i "f")))`, func(int) string { return `(core func (canon lower (func $g)))` }},
	{"exports", core + `(func $g (param "a" u32) (result u32) (canon lift (core func $i "f")))`, func(i int) string { return fmt.Sprintf(`(export "e%d" (func $g))`, i) }},
	{"imports", "", func(i int) string { return fmt.Sprintf(`(import "i%d" (func (param "a" u32)))`, i) }},
	{"imports of instances", "", func(i int) string {
		return fmt.Sprintf(`(import "a:b/c%d" (instance (export "f" (func (result string)))))`, i)
	}},
	{"core instances", core, func(int) string { return `(core instance (instantiate $m))` }},
	{"inline core instances", core, func(int) string { return `(core instance (export "f" (func $i "f")))` }},
	{"core modules", "", func(int) string { return `(core module (func (export "f")))` }},
	{"components", "", func(int) string { return `(component (type u8))` }},
	{"instances", `(component $c (type $t u8) (export "t" (type $t)))`, func(int) string { return `(instance (instantiate $c))` }},
	{"records", "", func(i int) string { return fmt.Sprintf(`(type (record (field "a%d" u8) (field "b" string)))`, i) }},
	{"types of others", `(type $t (list u8))`, func(int) string { return `(type (option $t))` }},
	{"resources", "", func(int) string { return `(type (resource (rep i32)))` }},
	{"labels", "", nil},
}

const core = `(core module $m (func (export "f") (param i32) (result i32) local.get 0)) (core instance $i (instantiate $m))`

// text is component k of many with n definitions.
func text(k, n int) []byte {
	var b strings.Builder
	b.WriteString("(component " + many[k].first)
	if many[k].definition == nil {
		b.WriteString("(type (enum")
		for i := range n {
			fmt.Fprintf(&b, ` "l%d"`, i)
		}
		b.WriteString("))")
	} else {
		for i := range n {
			b.WriteString(many[k].definition(i) + "\n")
		}
	}
	b.WriteString(")")
	return []byte(b.String())
}

// TestWorkIsLinear states that reading, checking, writing and printing a component of ten times as
// many definitions allocates some ten times as much.
func TestWorkIsLinear(t *testing.T) {
	few := 10_000
	if testing.Short() {
		few = 1000
	}
	for k := range many {
		one, ten := allocated(t, k, few), allocated(t, k, 10*few)
		for step := range one {
			if ten[step].bytes > 16*one[step].bytes+1<<20 || ten[step].times > 14*one[step].times+1000 {
				t.Errorf("%s: to %s %d of them takes %d bytes in %d pieces, ten times as many %d in %d", many[k].name, one[step].name, few,
					one[step].bytes, one[step].times, ten[step].bytes, ten[step].times)
			}
		}
	}
}

// taken is what a step has allocated.
type taken struct {
	name         string
	bytes, times uint64
}

// allocated is what each step with component k of n definitions allocates.
func allocated(t *testing.T, k, n int) (steps []taken) {
	step := func(name string, f func() error) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := f()
		runtime.ReadMemStats(&after)
		if err != nil {
			t.Fatalf("%s: to %s: %v", many[k].name, name, err)
		}
		steps = append(steps, taken{name, after.TotalAlloc - before.TotalAlloc, after.Mallocs - before.Mallocs})
	}
	source := text(k, n)
	var c *component.Component
	var b []byte
	step("parse", func() (err error) { c, err = wat.ParseComponent(source); return err })
	step("encode", func() error { b = component.Encode(c); return nil })
	step("decode", func() (err error) { c, err = component.Decode(b, wasm.Wasm3); return err })
	step("validate", func() error {
		_, err := validate.Component(c, validate.Options{Features: wasm.Wasm3, Workers: 1})
		return err
	})
	step("print", func() error { return wat.PrintComponent(io.Discard, c) })
	if !bytes.Equal(component.Encode(c), b) {
		t.Errorf("%s: what was decoded is encoded as something else", many[k].name)
	}
	return steps
}
