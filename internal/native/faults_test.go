package native_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/native"
	"github.com/wazedge/wazedge/internal/wasm"
)

// guarded skips where the system has no guards.
func guarded(t testing.TB) {
	t.Helper()
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		t.Skip("there are no guards on this system")
	}
	if err := engine.Guards(); err != nil {
		t.Fatal(err)
	}
}

// TestGuardsAreKeptApart states that code whose accesses are guarded is not taken for other code, nor other code
// for it, and is not executed on the memory of an instance of other code.
func TestGuardsAreKeptApart(t *testing.T) {
	guarded(t)
	ctx := context.Background()
	bin := assemble(t, guest)
	m, err := wasm.Decode(bin, wasm.Wasm3)
	if err != nil {
		t.Fatal(err)
	}
	load := func(with, said bool) (*engine.Runtime, *engine.Code, error) {
		res, err := native.Optimize(bin, artifactOf(t, bin), native.Options{Processor: 7, Guarded: with})
		if err != nil {
			t.Fatal(err)
		}
		r := engine.New(ctx, engine.Config{Artifacts: true})
		t.Cleanup(func() { r.Close(ctx) })
		a := res.Artifact
		code, err := r.CompileWith(ctx, wasm.Encode(m), engine.CompileOptions{Workers: 1, Guarded: said,
			Load: joined(a)})
		return r, code, err
	}
	for _, with := range []bool{false, true} {
		if _, _, err := load(with, !with); err == nil {
			t.Errorf("code is taken for guarded code: %v, which it is: %v", !with, with)
		}
		if _, _, err := load(with, with); err != nil {
			t.Error(err)
		}
	}
	// What leaves everything to the engine is told apart too.
	made := native.Better(bin, artifactOf(t, bin), native.RecipeWith(true), native.Options{Guarded: true, Only: func(int) bool { return false }})
	if made.Err == nil {
		t.Fatal("something is compiled")
	}
	a := made.Best
	r := engine.New(ctx, engine.Config{Artifacts: true})
	defer r.Close(ctx)
	if _, err := r.CompileWith(ctx, bytes.Clone(bin), engine.CompileOptions{Workers: 1, Guarded: true, Load: joined(a)}); err != nil {
		t.Error(err)
	}
}

// TestMemoriesAreGuarded states that nobody can touch what is behind the memory of guarded code, however large it
// has grown, and where it is taken back to what it was; and that address space which is used again is as new.
func TestMemoriesAreGuarded(t *testing.T) {
	guarded(t)
	bin := assemble(t, `(module (memory (export "memory") 1 80)
	  (func (export "put") (param i32) (result i32) (i32.store8 (local.get 0) (i32.const 7)) (i32.load8_u (local.get 0)))
	  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))`)
	r := guardedCode(t, bin)
	for round := range 40 {
		s := r.runtime.NewStore(engine.StoreConfig{})
		i, err := r.runtime.Instantiate(t.Context(), r.code, engine.Options{Store: s})
		if err != nil {
			t.Fatal(err)
		}
		ends := func(pages uint32) {
			t.Helper()
			end := uint64(pages) << 16
			if got := call(i, "put", end-1); !strings.HasPrefix(got, "7") {
				t.Fatalf("the last byte of %d pages: %s", pages, got)
			}
			for _, at := range []uint64{end, end + 4095, end + 65536, 1 << 31, 1<<32 - 1} {
				if got := call(i, "put", at); !strings.Contains(got, "out of bounds") {
					t.Fatalf("address %#x of %d pages: %s", at, pages, got)
				}
			}
		}
		if i.Memory()[65535] != 0 {
			t.Fatal("a new memory is not zero")
		}
		ends(1)
		mark, err := s.Mark()
		if err != nil {
			t.Fatal(err)
		}
		for back := range 3 {
			pages := uint32(1)
			for _, more := range []uint32{1, uint32(round), 20} {
				if call(i, "grow", uint64(more)); pages+more <= 80 {
					pages += more
				}
				ends(pages)
			}
			if err := mark.Restore(); err != nil {
				t.Fatal(err)
			}
			ends(1)
			if back > 0 && i.Memory()[100] != 0 {
				t.Fatal("a memory that was taken back is not what it was")
			}
		}
		if err := s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// loadedCode is guarded code and the runtime that it is in.
type loadedCode struct {
	runtime *engine.Runtime
	code    *engine.Code
}

func guardedCode(t testing.TB, bin []byte) loadedCode {
	t.Helper()
	ctx := context.Background()
	r := engine.New(ctx, engine.Config{Artifacts: true})
	t.Cleanup(func() { r.Close(ctx) })
	processor, _ := engine.Processor(false)
	code, made, err := native.Compile(ctx, r, bin, engine.CompileOptions{Workers: 1, Positions: true}, native.Options{Processor: processor, Guarded: true})
	if err != nil || code == nil || made.Err != nil {
		t.Fatal(err, made.Err)
	}
	return loadedCode{r, code}
}

// TestFaultsAmongOthers states that traps by guards are exact on many threads at a time, while Go's own faults are
// panics, memory is collected, signals arrive, and profiles are taken. The variable WAZEDGE_STRESS gives the
// seconds that it takes.
func TestFaultsAmongOthers(t *testing.T) {
	guarded(t)
	seconds, err := strconv.Atoi(os.Getenv("WAZEDGE_STRESS"))
	stress := err == nil
	bin := assemble(t, `(module (memory (export "memory") 1 2)
	  (func $deep (param i32 i32) (result i32)
	    (if (result i32) (local.get 0)
	      (then (i32.add (call $deep (i32.sub (local.get 0) (i32.const 1)) (local.get 1)) (i32.const 1)))
	      (else (i32.load (local.get 1)))))
	  (func (export "at") (param i32 i32) (result i32)
	    (i32.store (i32.const 16) (i32.add (i32.load (i32.const 16)) (i32.const 1)))
	    (call $deep (local.get 0) (local.get 1)))
	  (func (export "sum") (param i32) (result i32) (local i32)
	    (loop (local.set 1 (i32.add (local.get 1) (i32.load (local.get 0))))
	      (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 4)))))
	    (local.get 1)))`)
	code := guardedCode(t, bin)
	if stress {
		if err := pprof.StartCPUProfile(io.Discard); err != nil {
			t.Fatal(err)
		}
		defer pprof.StopCPUProfile()
	}
	rounds := 2000
	if testing.Short() {
		rounds = 200
	}
	deadline := time.Now().Add(time.Duration(seconds) * time.Second)
	var traps atomic.Int64
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			i, err := code.runtime.Instantiate(t.Context(), code.code, engine.Options{Store: code.runtime.NewStore(engine.StoreConfig{})})
			if err != nil {
				t.Error(err)
				return
			}
			calls := 0 // each of which has stored before it trapped
			for n := 0; n < rounds || stress && time.Now().Before(deadline); n++ {
				switch {
				case g == 7:
					if n%8 == 0 {
						runtime.GC()
					}
					fallthrough
				case g == 6:
					func() {
						defer func() {
							if recover() == nil {
								t.Error("nil can be read")
							}
						}()
						_ = *(*int)(nil)
					}()
				case n%5 == 4:
					// All is zero but the count of calls.
					if got := call(i, "sum", 4096); got != strconv.Itoa(calls) {
						t.Errorf("a sum is %s, not %d", got, calls)
						return
					}
				default:
					at, bad := uint64(65532+n%9), n%9 != 0
					got := call(i, "at", uint64(n%50), at)
					calls++
					if bad != strings.Contains(got, "out of bounds") {
						t.Errorf("address %d: %s", at, got)
						return
					}
					if bad {
						traps.Add(1)
					}
				}
			}
		})
	}
	wg.Wait()
	t.Logf("%d traps", traps.Load())
}

// TestCodeIsForgotten states that code that is gone leaves room for other code, in one Runtime, and that code of which
// instances are left stays known when its module is closed.
func TestCodeIsForgotten(t *testing.T) {
	guarded(t)
	ctx := context.Background()
	bin := assemble(t, `(module (memory (export "memory") 1) (func (export "at") (param i32) (result i32) (i32.load (local.get 0))))`)
	res, err := native.Optimize(bin, artifactOf(t, bin), native.Options{Processor: 7, Guarded: true})
	if err != nil {
		t.Fatal(err)
	}
	r := engine.New(ctx, engine.Config{Artifacts: true})
	defer r.Close(ctx)
	load := func(label string) *engine.Code {
		code, err := r.CompileWith(ctx, bytes.Clone(bin), engine.CompileOptions{Label: label, Workers: 1, Guarded: true, Load: joined(res.Artifact)})
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	first := load("first")
	i, err := r.Instantiate(ctx, first, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	first.Close(ctx)
	for n := range 5000 {
		load(strconv.Itoa(n)).Close(ctx)
		if n%500 == 0 {
			runtime.GC()
			if got := call(i, "at", 65536); !strings.Contains(got, "out of bounds") {
				t.Fatal(got)
			}
		}
	}
}

// TestCodeGoesWithItsRuntime states that nothing holds machine code, guarded or not, whose Runtime has been closed.
func TestCodeGoesWithItsRuntime(t *testing.T) {
	bin := assemble(t, guest)
	mappings := func() int {
		for range 4 { // finalizers, what is done after them, and what both were the last to hold
			runtime.GC()
		}
		maps, err := os.ReadFile("/proc/self/maps")
		if err != nil {
			t.Skip("the system does not tell what is mapped: ", err)
		}
		return bytes.Count(maps, []byte("r-xp"))
	}
	for _, o := range ways(native.Options{}) {
		before := mappings()
		for range 20 {
			t.Run("", func(t *testing.T) { optimized(t, bin, o, nil) })
		}
		if after := mappings(); after > before+2 {
			t.Errorf("guarded %v: %d mappings of code, before 20 runtimes %d", o.Guarded, after, before)
		}
	}
}
