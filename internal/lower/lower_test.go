package lower_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/engine/objects"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/heap"
	"github.com/wazedge/wazedge/internal/lower"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wasm/validate"
	"github.com/wazedge/wazedge/internal/wat"
)

// program is a lowered module in an engine of its own.
type program struct {
	t     testing.TB
	main  *engine.Instance
	store *engine.Store
	heap  *objects.Heap
	steps []string // the passes that made it

	exception string // see lower.FlatException

	close func()
}

// run parses, validates, lowers and instantiates text.
func run(t testing.TB, text string, interpreter bool, c heap.Config) *program {
	t.Helper()
	m, err := wat.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return instantiate(t, m, interpreter, true, c)
}

// runAlone is run of a module that nothing is linked with.
func runAlone(t testing.TB, text string, interpreter bool) *program {
	t.Helper()
	m, err := wat.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return instantiate(t, m, interpreter, false, heap.Config{})
}

func instantiate(t testing.TB, m *wasm.Module, interpreter, linked bool, c heap.Config) *program {
	t.Helper()
	ctx := t.Context()
	checked, err := validate.Module(m, wasm.Wasm3|wasm.Threads, validate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	rt := engine.New(ctx, engine.Config{Interpreter: interpreter})
	p := &program{t: t, store: rt.NewStore(engine.StoreConfig{}), exception: lower.FlatException(m), close: sync.OnceFunc(func() { rt.Close(context.Background()) })}
	t.Cleanup(p.close)
	if p.heap, err = objects.New(ctx, rt, p.store.First(), c, nil); err != nil {
		t.Fatal(err)
	}
	services, err := rt.Services(ctx, lower.ServiceModule)
	if err != nil {
		t.Fatal(err)
	}
	imports := map[string]*engine.Instance{lower.ServiceModule: services}
	lowered := m
	steps, err := lower.Lower(m, checked.Uses, linked)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range steps {
		before := lowered
		lowered = s.Module
		p.steps = append(p.steps, s.Pass)
		if _, err := validate.Module(lowered, wasm.Wasm3|wasm.Threads, validate.Options{}); err != nil {
			t.Fatalf("after %s: %v\n%s", s.Pass, err, text(t, lowered))
		}
		switch s.Pass {
		case "gc":
			p.heap.Expect(wasm.NewTypeStore().Space(before), lower.GCFuncs(before))
		case "multi-memory":
			helpers, pairs := lower.MemoryHelpers(before)
			for _, h := range helpers {
				imports[h.Name] = p.instance(rt, h.Module, imports)
			}
			var copies []engine.MemoryCopy
			for _, c := range pairs {
				copies = append(copies, engine.MemoryCopy{Name: c.Name(), Dst: imports[c.Dst], Src: imports[c.Src]})
			}
			if imports[lower.CopyModule], err = rt.InstantiateCopies(ctx, lower.CopyModule, copies); err != nil {
				t.Fatal(err)
			}
		}
	}
	p.main = p.instance(rt, lowered, imports)
	return p
}

func text(t testing.TB, m *wasm.Module) string {
	var b strings.Builder
	if err := wat.Print(&b, m); err != nil {
		t.Log(err)
	}
	return b.String()
}

func (p *program) instance(rt *engine.Runtime, m *wasm.Module, imports map[string]*engine.Instance) *engine.Instance {
	p.t.Helper()
	code, err := rt.Compile(p.t.Context(), wasm.Encode(m), 1)
	if err != nil {
		p.t.Fatalf("%v\n%s", err, text(p.t, m))
	}
	i, err := rt.Instantiate(p.t.Context(), code, engine.Options{Store: p.store, Uncaught: p.heap.Uncaught, Exception: p.exception, Imports: func(name string) *engine.Instance {
		if i := p.heap.Module(name); i != nil {
			return i
		}
		return imports[name]
	}})
	if err != nil {
		p.t.Fatalf("instantiate: %v\n%s", err, text(p.t, m))
	}
	return i
}

// call is what the exported function name returns, as text, or the error.
func (p *program) call(name string, args ...uint64) string {
	stack := make([]uint64, max(len(args), 4))
	copy(stack, args)
	if err := p.main.Call(p.t.Context(), name, stack); err != nil {
		p.heap.Unwind(0)
		if f, ok := errors.AsType[*fault.Error](err); ok {
			return f.Error()
		}
		return err.Error()
	}
	return fmt.Sprint(stack[0])
}

func engines(t *testing.T, f func(t *testing.T, interpreter bool)) {
	t.Run("compiled", func(t *testing.T) { f(t, false) })
	t.Run("interpreted", func(t *testing.T) { f(t, true) })
}

const list = `(module
  (type $node (struct (field $value i32) (field $next (ref null $node))))
  (global $kept (mut (ref null $node)) (ref.null $node))
  (func (export "sum") (param $n i32) (result i32)
    (local $list (ref null $node)) (local $sum i32)
    (loop $more
      (if (local.get $n)
        (then
          (local.set $list (struct.new $node (local.get $n) (local.get $list)))
          (local.set $n (i32.sub (local.get $n) (i32.const 1)))
          (br $more))))
    (loop $next
      (if (i32.eqz (ref.is_null (local.get $list)))
        (then
          (local.set $sum (i32.add (local.get $sum) (struct.get $node $value (local.get $list))))
          (local.set $list (struct.get $node $next (local.get $list)))
          (br $next))))
    (local.get $sum))
  (func (export "null") (result i32) (struct.get $node $value (ref.null $node)))
  (func (export "churn") (param $n i32) (result i32)
    (loop $more
      (global.set $kept (struct.new $node (local.get $n) (ref.null $node)))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br_if $more (local.get $n)))
    (struct.get $node $value (global.get $kept))))`

func TestGCStructures(t *testing.T) {
	engines(t, func(t *testing.T, interpreter bool) {
		p := run(t, list, interpreter, heap.Config{})
		for _, tc := range []struct {
			name string
			arg  uint64
			want string
		}{
			{"sum", 10, "55"},
			{"sum", 50000, "1250025000"},
			{"null", 0, "execution failed: null structure reference, Code: 0x414"},
		} {
			if got := p.call(tc.name, tc.arg); got != tc.want {
				t.Errorf("%s(%d) = %s, want %s", tc.name, tc.arg, got, tc.want)
			}
		}
	})
}

// TestGCKeepsWhatIsAlive allocates far more than the heap may hold.
func TestGCKeepsWhatIsAlive(t *testing.T) {
	p := run(t, list, false, heap.Config{Limit: 1 << 20})
	if got := p.call("churn", 1000000); got != "1" {
		t.Errorf("churn = %s, want 1", got)
	}
	if s := p.heap.Stats; s.Collections == 0 || s.Peak > 1<<20 {
		t.Errorf("%d collections, peak of %d bytes, under a limit of %d", s.Collections, s.Peak, 1<<20)
	}
	if got := p.call("sum", 1000000); !strings.Contains(got, "out of heap") {
		t.Errorf("a list that does not fit: %s", got)
	}
	if got := p.call("sum", 100); got != "5050" {
		t.Errorf("after a full heap: %s", got)
	}
}

// TestGCStress collects at every allocation.
func TestGCStress(t *testing.T) {
	p := run(t, list, false, heap.Config{Stress: true})
	if got := p.call("sum", 300); got != "45150" {
		t.Errorf("sum = %s, want 45150", got)
	}
}
