package native

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/engine/private"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// chain is a module of functions that call each other: each adds its number to what the next one gives of a smaller argument, and
// traps by a division when it is asked to.
func chain(n int) []byte {
	var b strings.Builder
	b.WriteString("(module (memory 1) (table funcref (elem $f0 $f1))\n")
	for i := range n {
		fmt.Fprintf(&b, `(func $f%d (export "f%[1]d") (param i32 i32) (result i32)
			(if (result i32) (i32.eqz (local.get 0))
				(then (i32.div_u (i32.const 7) (local.get 1)))
				(else (i32.add (i32.const %[1]d)
					(i32.add (call $f%d (i32.sub (local.get 0) (i32.const 1)) (local.get 1))
						(call_indirect (param i32 i32) (result i32) (i32.const 0) (i32.const 1) (i32.and (local.get 0) (i32.const 1))))))))
		`, i, (i+1)%n)
	}
	b.WriteString(")")
	m, err := wat.Parse([]byte(b.String()))
	if err != nil {
		panic(err)
	}
	return wasm.Encode(m)
}

// engines is the engine's code of bin without positions, as that of large modules is.
func engines(t *testing.T, bin []byte) (saved engine.Artifact) {
	t.Helper()
	ctx := context.Background()
	r := engine.New(ctx, engine.Config{Artifacts: true})
	defer r.Close(ctx)
	if _, err := r.CompileWith(ctx, bytes.Clone(bin), engine.CompileOptions{Save: func(a engine.Artifact) {
		saved = engine.Artifact{Before: bytes.Clone(a.Before), Body: bytes.Clone(a.Body), After: bytes.Clone(a.After)}
	}}); err != nil {
		t.Fatal(err)
	}
	return saved
}

// TestKeptFunctionsStandAlone states that of the engine's code there is, for a large module, what is executed of it: that of the
// functions that are kept, the same as in the whole, and jumps to ours. They call each other, and trap, as ever.
func TestKeptFunctionsStandAlone(t *testing.T) {
	if !Available() {
		t.Skip("there is no compiler for this processor")
	}
	const n = 40
	bin := chain(n)
	whole := engines(t, bin)
	all, ok := private.LayoutOf(private.Artifact(whole))
	if !ok || all.Placed {
		t.Fatal("not the engine's code without positions")
	}
	ctx := context.Background()
	for _, kept := range [][]int{{0}, {1, 2, 39}, {7, 13, 31}} {
		o := Options{Only: func(own int) bool {
			for _, k := range kept {
				if own == k {
					return false
				}
			}
			return true
		}}
		o.Processor, _ = engine.Processor(false)
		res, err := Optimize(bin, whole, o)
		if err != nil || len(res.Kept) != len(kept) {
			t.Fatalf("kept %v, want %v: %v", res.Kept, kept, err)
		}
		l, _ := private.LayoutOf(private.Artifact(res.Artifact))
		for k, i := range kept {
			size := sizeAt(&all, i)
			if d := differing(l.Code[l.Offsets[n+k]:][:size], all.Code[all.Offsets[i]:][:size]); d > 4 { // where the one direct call goes
				t.Errorf("kept %v: function %d has other code than in the whole, by %d of %d bytes", kept, i, d, size)
			}
		}
		ours := int(l.Offsets[n]) // up to the first of the engine's
		if rest := len(l.Code) - ours; rest > len(all.Code)*2/3 {
			t.Errorf("kept %v: %d bytes of the engine's code, which is %d as a whole", kept, rest, len(all.Code))
		}
		r := engine.New(ctx, engine.Config{Artifacts: true})
		m, err := stripped(bin, res.Kept)
		if err != nil {
			t.Fatal(err)
		}
		a := res.Artifact
		code, err := r.CompileWith(ctx, wasm.Encode(m), engine.CompileOptions{Aliases: Aliases(m), Offsets: res.Places.Finder(),
			Load: closing{bytes.NewReader(bytes.Join([][]byte{a.Before, a.Body, a.After}, nil))}})
		if err != nil {
			t.Fatal(err)
		}
		i, err := r.Instantiate(ctx, code, engine.Options{})
		if err != nil {
			t.Fatal(err)
		}
		plain := engine.New(ctx, engine.Config{Interpreter: true})
		pc, err := plain.CompileWith(ctx, bytes.Clone(bin), engine.CompileOptions{})
		if err != nil {
			t.Fatal(err)
		}
		pi, err := plain.Instantiate(ctx, pc, engine.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for f := range n {
			for _, args := range [][2]uint64{{0, 1}, {50, 1}, {3, 2}, {45, 0}} {
				got, want := outcome(i, f, args), outcome(pi, f, args)
				if got != want {
					t.Errorf("kept %v: f%d%v: %s, want %s", kept, f, args, got, want)
				}
			}
		}
		r.Close(ctx)
		plain.Close(ctx)
	}
}

// sizeAt is how many bytes function i of l has, with what stands behind it.
func sizeAt(l *private.Layout, i int) int {
	end := uint64(len(l.Code))
	if i+1 < len(l.Offsets) {
		end = l.Offsets[i+1]
	}
	return int(end - l.Offsets[i])
}

// differing is how many bytes of a and b differ.
func differing(a, b []byte) (n int) {
	for i := range a {
		if a[i] != b[i] {
			n++
		}
	}
	return n
}

type closing struct{ *bytes.Reader }

func (closing) Close() error { return nil }

func outcome(i *engine.Instance, f int, args [2]uint64) string {
	s := []uint64{args[0], args[1], 0, 0}
	if err := i.Call(context.Background(), fmt.Sprintf("f%d", f), s); err != nil {
		first, _, _ := strings.Cut(err.Error(), "\n")
		return first
	}
	return fmt.Sprint(s[0])
}
