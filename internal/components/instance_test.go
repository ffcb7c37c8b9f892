package components_test

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/internal/component/exec"
	"github.com/wazedge/wazedge/internal/components"
	"github.com/wazedge/wazedge/internal/link"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/wasi2"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
)

// newRuntime is a runtime until the test ends.
func newRuntime(t *testing.T) *link.Runtime {
	o := prepare.Options{Features: wasm.Wasm3, Workers: 1, Log: logline.New(io.Discard, logline.Off, false)}
	r := link.NewRuntime(o)
	t.Cleanup(func() {
		if err := r.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return r
}

// instantiate is an instance of the component of text under l, until the test ends.
func instantiate(t *testing.T, text string, l limits.Config) *components.Instance {
	r := newRuntime(t)
	c, err := components.Load(r, &r.Options, "", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	i, err := c.Instantiate(t.Context(), link.Config{Limits: l, Log: r.Options.Log}, func() wasi2.Config { return wasi2.Config{} })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(i.Close(context.Background()), c.Close()); err != nil {
			t.Error(err)
		}
	})
	return i
}

// TestTextsCountOnTheBoundOfMemory states that the text of a result, and the values of arguments,
// take no more memory than a component may have: its memory may have lists of strings that lie over
// each other.
func TestTextsCountOnTheBoundOfMemory(t *testing.T) {
	const source = `(component
		(core module $m (memory (export "m") 64)
			(func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))
			(func (export "size") (param i32 i32) (result i32) (local.get 1))
			(func (export "strings") (param $n i32) (result i32) (local $i i32)
				(memory.fill (i32.const 0x10000) (i32.const 0x61) (i32.const 0x200000))
				(loop $next
					(i32.store (i32.add (i32.const 16) (local.get $i)) (i32.const 0x10000))
					(i32.store (i32.add (i32.const 20) (local.get $i)) (i32.const 0x200000))
					(local.set $i (i32.add (local.get $i) (i32.const 8)))
					(br_if $next (i32.lt_u (local.get $i) (i32.shl (local.get $n) (i32.const 3)))))
				(i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (local.get $n)) (i32.const 0)))
		(core instance $i (instantiate $m))
		(type $t (record (field "a" (option u64)) (field "b" (option u64)) (field "c" (option u64)) (field "d" (option u64))))
		(export $r "t" (type $t))
		(func (export "strings") (param "n" u32) (result (list string)) (canon lift (core func $i "strings") (memory $i "m")))
		(func (export "size") (param "l" (list $r)) (result u32) (canon lift (core func $i "size") (memory $i "m") (realloc (func $i "realloc")))))`
	list := make([]byte, 1, 1<<19)
	list[0] = '['
	for len(list) < 1<<19-8 {
		list = append(list, "{}, "...)
	}
	list = append(list, ']')
	for _, c := range []struct {
		name, function, argument string
		few                      string // an argument that fits
		result                   int    // how long the result is then
	}{
		{"result", "strings", "12", "1", 0x200000},
		{"argument", "size", string(list), "[{}, {}]", 1},
	} {
		i := instantiate(t, source, limits.Config{MaxMemory: 40 << 20})
		for range 3 { // what a call has taken is given back
			result, has, err := i.Invoke(t.Context(), c.function, c.few)
			if err != nil || !has || len(result) < c.result {
				t.Errorf("%s: %d bytes, %v", c.name, len(result), err)
			}
		}
		_, _, err := i.Invoke(t.Context(), c.function, c.argument)
		if trap, ok := errors.AsType[*exec.Trap](err); !ok || trap.Reason != "values need more memory than there may be" {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
