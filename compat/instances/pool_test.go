package instances_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/instances"
	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
	"github.com/wazedge/wazedge/limits"
)

// compiled is the module in text.
func compiled(t testing.TB, c compat.Config, text string) *compat.Module {
	t.Helper()
	m, err := wat.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	r := compat.NewRuntime(c)
	t.Cleanup(func() { r.Close(context.Background()) })
	made, err := r.Compile(t.Context(), wasm.Encode(m))
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// guest is a random module: act changes its state in a way that its argument decides, and may
// trap; see tells a part of the state.
type guest struct {
	rand      *rand.Rand
	functions []string
	acts      []string
	sees      []string
	fields    []string
}

func (g *guest) maybe() bool { return g.rand.IntN(2) == 0 }

func (g *guest) field(format string, args ...any) {
	g.fields = append(g.fields, fmt.Sprintf(format, args...))
}

func (g *guest) act(format string, args ...any) {
	g.acts = append(g.acts, fmt.Sprintf(format, args...))
}

// see adds an i64 that the state decides.
func (g *guest) see(format string, args ...any) {
	g.sees = append(g.sees, fmt.Sprintf(format, args...))
}

func (g *guest) memory(n int) {
	name, at, offset := fmt.Sprintf("$m%d", n), "i32", "(local.get 0)"
	if g.rand.IntN(4) == 0 {
		at, offset = "i64", "(i64.extend_i32_u (local.get 0))"
	}
	pages := []int{0, 1, 2, 3, 5, 8}[g.rand.IntN(6)] // some are copied, some mapped
	bound := ""
	if g.maybe() {
		bound = fmt.Sprint(pages + g.rand.IntN(4))
	}
	address := ""
	if at == "i64" {
		address = "i64"
	}
	g.field("(memory %s %s %d %s)", name, address, pages, bound)
	if pages > 0 && g.maybe() {
		size := 1 + g.rand.IntN(60000)
		g.field("(data (memory %s) (%s.const %d) %q)", name, at, g.rand.IntN(65536*pages-size+1), strings.Repeat(string(rune('a'+n)), size))
	}
	g.act("(i64.store8 %s %s (i64.const %d))", name, offset, 1+g.rand.IntN(255))
	g.act("(i32.store %s %s (local.get 0))", name, offset)
	g.act("(drop (memory.grow %s (%s.const %d)))", name, at, 1+g.rand.IntN(2))
	g.act("(memory.fill %s (%s.const %d) (i32.const 7) (%s.const %d))", name, at, g.rand.IntN(70000), at, g.rand.IntN(200000))
	size := fmt.Sprintf("(memory.size %s)", name)
	if at == "i32" {
		size = fmt.Sprintf("(i64.extend_i32_u %s)", size)
	}
	g.see("%s", size)
	// A sum of all that the memory has, eight bytes at a time.
	f := fmt.Sprintf("$sum%d", n)
	g.functions = append(g.functions, fmt.Sprintf(`(func %[1]s (result i64) (local $at %[3]s) (local $s i64) (local $end %[3]s)
		(local.set $end (%[3]s.mul (memory.size %[2]s) (%[3]s.const 65536)))
		(block $done (loop $l (br_if $done (%[3]s.ge_u (local.get $at) (local.get $end)))
			(local.set $s (i64.add (i64.rotl (local.get $s) (i64.const 9)) (i64.load %[2]s (local.get $at))))
			(local.set $at (%[3]s.add (local.get $at) (%[3]s.const 8))) (br $l)))
		(local.get $s))`, f, name, at))
	g.see("(call %s)", f)
	if g.maybe() {
		g.field(`(data $d%d "passive contents of a segment")`, n)
		g.act("(memory.init %s $d%d %s (i32.const 1) (i32.const 20))", name, n, offset)
		g.act("(data.drop $d%d)", n)
	}
}

func (g *guest) table(n int) {
	size := 1 + g.rand.IntN(5)
	g.field("(table $t%d %d funcref) (elem (table $t%d) (i32.const 0) func $one)", n, size, n)
	g.field("(elem $e%d func $two $one)", n)
	g.act("(table.set $t%d (local.get 0) (ref.func $two))", n)
	g.act("(drop (table.grow $t%d (ref.func $two) (i32.const 3)))", n)
	g.act("(table.init $t%d $e%d (i32.const 0) (i32.const 0) (i32.const 1))", n, n)
	g.act("(elem.drop $e%d)", n)
	g.act("(drop (call_indirect $t%d (result i64) (local.get 0)))", n)
	g.act("(table.fill $t%d (i32.const 0) (ref.null func) (i32.const 1))", n)
	g.see("(i64.extend_i32_u (table.size $t%d))", n)
	g.see("(if (result i64) (ref.is_null (table.get $t%d (i32.const 0))) (then (i64.const 9)) (else (call_indirect $t%d (result i64) (i32.const 0))))", n, n)
}

func (g *guest) global(n int) {
	switch g.rand.IntN(4) {
	case 0:
		g.field("(global $g%d (mut i64) (i64.const %d))", n, g.rand.Int64())
		g.act("(global.set $g%d (i64.add (global.get $g%d) (i64.const 1)))", n, n)
		g.see("(global.get $g%d)", n)
	case 1:
		g.field("(global $g%d (mut f32) (f32.const %d))", n, g.rand.IntN(100))
		g.act("(global.set $g%d (f32.const nan:0x%x))", n, 1+g.rand.IntN(1<<20))
		g.see("(i64.extend_i32_u (i32.reinterpret_f32 (global.get $g%d)))", n)
	case 2:
		g.field("(global $g%d (mut v128) (v128.const i64x2 %d %d))", n, g.rand.Int64(), g.rand.Int64())
		g.act("(global.set $g%d (i64x2.splat (i64.extend_i32_u (local.get 0))))", n)
		g.see("(i64.add (i64x2.extract_lane 0 (global.get $g%d)) (i64x2.extract_lane 1 (global.get $g%d)))", n, n)
	case 3:
		g.field("(global $g%d (mut funcref) (ref.func $one))", n)
		g.act("(global.set $g%d (ref.null func))", n)
		g.see("(i64.extend_i32_u (ref.is_null (global.get $g%d)))", n)
	}
}

// text is the module.
func (g *guest) text() string {
	g.functions = append(g.functions, "(func $one (result i64) (i64.const 1))", "(func $two (result i64) (i64.const 2))")
	g.act("(unreachable)")
	g.act("(call $deep)")
	for n := range 1 + g.rand.IntN(2) {
		g.memory(n)
	}
	for n := range g.rand.IntN(3) {
		g.table(n)
	}
	for n := range g.rand.IntN(5) {
		g.global(n)
	}
	if g.rand.IntN(3) == 0 {
		g.field("(tag $x (param i64))")
		g.act("(throw $x (i64.const 5))")
		g.act("(block $h (result i64) (try_table (catch $x $h) (throw $x (i64.const 7))) (i64.const 0)) (drop)")
	}
	var b strings.Builder
	b.WriteString("(module " + strings.Join(g.fields, "\n") + "(elem declare func $one $two)\n" + strings.Join(g.functions, "\n"))
	b.WriteString("(func $deep (call $deep) (call $deep))")
	for n, a := range g.acts {
		fmt.Fprintf(&b, "(func (export \"act%d\") (param i32) %s)\n", n, a)
	}
	for n, s := range g.sees {
		fmt.Fprintf(&b, "(func (export \"see%d\") (result i64) %s)\n", n, s)
	}
	return b.String() + ")"
}

// seen is all that can be seen of the state of i.
func (g *guest) seen(ctx context.Context, i *compat.Instance) string {
	var b strings.Builder
	for n := range g.sees {
		list, err := i.Invoke(ctx, fmt.Sprintf("see%d", n))
		if err != nil {
			var e *compat.InvokeError
			fmt.Fprintf(&b, "%v ", errors.As(err, &e))
			continue
		}
		fmt.Fprintf(&b, "%x ", list[0].Lo)
	}
	s := i.Store().Statistics()
	fmt.Fprintf(&b, "%d %d", s.Count, s.GasCosts)
	return b.String()
}

// TestNothingIsLeft states that nothing of what a request has done can be seen by the next one:
// memories, globals, tables, segments, counts; whatever it did, and however it ended.
func TestNothingIsLeft(t *testing.T) {
	seeds := 40
	if testing.Short() {
		seeds = 10
	}
	gas := uint64(1 << 40)
	for name, c := range map[string]compat.Config{
		"compiled":        {},
		"interpreted":     {Interpreter: true},
		"counted":         {Limits: limits.Config{Instructions: true, GasLimit: &gas, MaxDepth: 1000}},
		"uninterruptible": {Uninterruptible: true},
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(seeds) {
				g := &guest{rand: rand.New(rand.NewPCG(seed, 1))}
				text := g.text()
				features := wasm.Wasm3
				c.Features = &features
				p := instances.New(compiled(t, c, text), instances.Config{})
				var first string
				for request := range 4 {
					err := p.Use(t.Context(), nil, func(i *compat.Instance) error {
						now := g.seen(t.Context(), i)
						if request == 0 {
							first = now
						} else if now != first {
							t.Errorf("seed %d, request %d finds\n%s, not\n%s in %s", seed, request, now, first, text)
						}
						for range 1 + g.rand.IntN(6) {
							// Whether it traps is the guest's own matter.
							_, _ = i.Invoke(t.Context(), fmt.Sprintf("act%d", g.rand.IntN(len(g.acts))), value.OfI32(int32(g.rand.IntN(100000))))
						}
						return nil
					})
					if err != nil {
						t.Fatal(err)
					}
				}
				if err := p.Close(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// TestWorlds states that a request has the world that it brings and finds nothing open of the one before.
func TestWorlds(t *testing.T) {
	const text = `(module
		(import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
		(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
		(memory (export "memory") 1) (data (i32.const 0) "file") (data (i32.const 16) "\00\00\00\00\04\00\00\00")
		(func (export "open") (result i32)
			(drop (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 4) (i32.const 0) (i64.const 2) (i64.const 2) (i32.const 0) (i32.const 32)))
			(i32.load (i32.const 32)))
		(func (export "write") (param i32) (result i32) (call $write (local.get 0) (i32.const 16) (i32.const 1) (i32.const 40))))`
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	p := instances.New(compiled(t, compat.Config{}, text), instances.Config{})
	defer p.Close(t.Context())
	for request := range 3 {
		var out bytes.Buffer
		w := &compat.WASIConfig{Stdout: &out, Preopens: []compat.Preopen{{Guest: "/", Host: dir}}}
		err := p.Use(t.Context(), w, func(i *compat.Instance) error {
			if status, err := i.Invoke(t.Context(), "write", value.OfI32(4)); err != nil || status[0].Lo != 8 {
				t.Errorf("request %d: descriptor 4 is %v, %v, and not closed", request, status, err)
			}
			if fd, err := i.Invoke(t.Context(), "open"); err != nil || fd[0].Lo != 4 {
				t.Errorf("request %d: the file is %v, %v", request, fd, err)
			}
			_, err := i.Invoke(t.Context(), "write", value.OfI32(1))
			return err
		})
		if err != nil || out.String() != "file" {
			t.Errorf("request %d: %q, %v", request, out.String(), err)
		}
	}
	// None of its own: standard output is closed.
	if err := p.Use(t.Context(), nil, func(i *compat.Instance) error {
		status, err := i.Invoke(t.Context(), "write", value.OfI32(1))
		if err != nil || status[0].Lo == 0 {
			t.Errorf("it has written: %v, %v", status, err)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

// TestBegin states that requests find what Begin has left, that limits are each request's own, and
// that what was interrupted serves the next one.
func TestBegin(t *testing.T) {
	const text = `(module (memory 1) (global $n (mut i32) (i32.const 0))
		(func (export "_initialize") (global.set $n (i32.const 5)) (i32.store (i32.const 65532) (i32.const 6)))
		(func (export "next") (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (i32.add (global.get $n) (i32.load (i32.const 65532))))
		(func (export "forever") (loop (br 0))))`
	gas := uint64(10_000)
	p := instances.New(compiled(t, compat.Config{Limits: limits.Config{GasLimit: &gas}}, text), instances.Config{
		Begin: func(ctx context.Context, i *compat.Instance) error {
			_, err := i.Invoke(ctx, "_initialize")
			return err
		},
	})
	defer p.Close(t.Context())
	for request := range 4 {
		err := p.Use(t.Context(), nil, func(i *compat.Instance) error {
			n, err := i.Invoke(t.Context(), "next")
			if err != nil || n[0].Lo != 12 {
				t.Errorf("request %d: %v, %v", request, n, err)
			}
			switch request {
			case 0:
				if _, err := i.Invoke(t.Context(), "forever"); !errors.Is(err, compat.CostLimitExceeded) {
					t.Errorf("endless: %v", err)
				}
			case 1:
				i.Store().Interrupt(errors.New("enough"))
			case 2:
				ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
				defer cancel()
				if _, err := i.Invoke(ctx, "forever"); !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, compat.CostLimitExceeded) {
					t.Errorf("late: %v", err)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestOnce states that what cannot be taken back serves one request, and that the pool is no
// less of use for it.
func TestOnce(t *testing.T) {
	const text = `(module (type $s (struct (field (mut i32)))) (global $g (mut (ref null $s)) (ref.null $s))
		(func (export "next") (result i32) (if (ref.is_null (global.get $g)) (then (global.set $g (struct.new $s (i32.const 1)))))
			(struct.set $s 0 (global.get $g) (i32.add (struct.get $s 0 (global.get $g)) (i32.const 1))) (struct.get $s 0 (global.get $g))))`
	p := instances.New(compiled(t, compat.Config{}, text), instances.Config{})
	defer p.Close(t.Context())
	for range 3 {
		if err := p.Use(t.Context(), nil, func(i *compat.Instance) error {
			n, err := i.Invoke(t.Context(), "next")
			if err == nil && n[0].Lo != 2 {
				t.Errorf("it finds %d", n[0].Lo)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestManyAtOnce states that requests at once have instances of their own, and that a closed pool serves none.
func TestManyAtOnce(t *testing.T) {
	const text = `(module (memory 3) (data (i32.const 65536) "contents") (func (export "add") (param i32) (result i32) (local $n i32)
		(loop $l (i32.store (i32.const 65536) (i32.add (i32.load (i32.const 65536)) (local.get 0)))
			(br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 1000))))
		(i32.load (i32.const 65536))))`
	p := instances.New(compiled(t, compat.Config{}, text), instances.Config{Idle: 2})
	var wg sync.WaitGroup
	for n := range int32(6) {
		wg.Go(func() {
			for range 30 {
				if err := p.Use(t.Context(), nil, func(i *compat.Instance) error {
					got, err := i.Invoke(t.Context(), "add", value.OfI32(n))
					if err == nil && uint32(got[0].Lo) != 0x746e6f63+1000*uint32(n) {
						t.Errorf("%d: %x", n, got[0].Lo)
					}
					return err
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if err := p.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if err := p.Use(t.Context(), nil, func(*compat.Instance) error { return nil }); !errors.Is(err, compat.ErrClosed) {
		t.Errorf("a closed pool: %v", err)
	}
}
