package main

import (
	"context"
	"os"
	"runtime"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/instances"
	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// served is what the instances are of.
func served(b *testing.B) []byte {
	b.Helper()
	text, err := os.ReadFile("testdata/served.wat")
	if err != nil {
		b.Fatal(err)
	}
	m, err := wat.Parse(text)
	if err != nil {
		b.Fatal(err)
	}
	return wasm.Encode(m)
}

// batches makes one instance after the other, calls it once, and keeps them: a
// thousand at a time. It reports what each takes of Go's heap.
func batches(b *testing.B, make func() (closer func())) {
	b.ReportAllocs()
	const batch = 1000
	closers := [batch]func(){}
	var before, after runtime.MemStats
	kept := uint64(0)
	for n := 0; n < b.N; n += batch {
		b.StopTimer()
		runtime.GC()
		runtime.ReadMemStats(&before)
		b.StartTimer()
		most := min(batch, b.N-n)
		for k := range most {
			closers[k] = make()
		}
		b.StopTimer()
		runtime.GC()
		runtime.ReadMemStats(&after)
		kept += after.HeapAlloc - before.HeapAlloc
		b.StartTimer()
		for k := range most {
			closers[k]()
		}
	}
	b.ReportMetric(float64(kept)/float64(b.N), "heap-B/instance")
}

// BenchmarkInstances is making an instance of a compiled module, a first call, and closing
// it.
func BenchmarkInstances(b *testing.B) {
	ctx := context.Background()
	for name, c := range map[string]compat.Config{"wazedge": {}, "wazedge uninterruptible": {Uninterruptible: true}} {
		b.Run(name, func(b *testing.B) {
			r := compat.NewRuntime(c)
			defer r.Close(ctx)
			m, err := r.Compile(ctx, served(b))
			if err != nil {
				b.Fatal(err)
			}
			batches(b, func() func() {
				i, err := m.Instantiate(ctx, compat.StoreConfig{})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := i.Invoke(ctx, "add", value.OfI32(1), value.OfI32(2)); err != nil {
					b.Fatal(err)
				}
				return func() { i.Close(ctx) }
			})
		})
	}
	b.Run("wazero", func(b *testing.B) {
		r, m := stock(b, ctx)
		defer r.Close(ctx)
		config := wazero.NewModuleConfig().WithName("")
		batches(b, func() func() {
			i, err := r.InstantiateModule(ctx, m, config)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := i.ExportedFunction("add").Call(ctx, 1, 2); err != nil {
				b.Fatal(err)
			}
			return func() { i.Close(ctx) }
		})
	})
}

// BenchmarkPool is serving a request with an instance that is taken back to where it began, by how much of its
// memory it writes to, and with an instance of wazero's that is made for it.
func BenchmarkPool(b *testing.B) {
	ctx := context.Background()
	r := compat.NewRuntime(compat.Config{})
	defer r.Close(ctx)
	m, err := r.Compile(ctx, served(b))
	if err != nil {
		b.Fatal(err)
	}
	pool := instances.New(m, instances.Config{})
	defer pool.Close(ctx)
	for _, export := range []string{"add", "touch"} {
		b.Run(export+"/wazedge", func(b *testing.B) {
			b.ReportAllocs()
			defer tellProcessor(b)()
			for range b.N {
				if err := pool.Use(ctx, nil, func(i *compat.Instance) error {
					_, err := i.Invoke(ctx, export, value.OfI32(1), value.OfI32(2))
					return err
				}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(export+"/wazero", func(b *testing.B) {
			b.ReportAllocs()
			r, m := stock(b, ctx)
			defer r.Close(ctx)
			defer tellProcessor(b)()
			config := wazero.NewModuleConfig().WithName("")
			for range b.N {
				i, err := r.InstantiateModule(ctx, m, config)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := i.ExportedFunction(export).Call(ctx, 1, 2); err != nil {
					b.Fatal(err)
				}
				i.Close(ctx)
			}
		})
	}
}

// tellProcessor reports the time of the processor that b has taken until the result is called, by all threads,
// where the system tells: other processes do not count.
func tellProcessor(b *testing.B) func() {
	before := processorTime()
	return func() { b.ReportMetric(float64(processorTime()-before)/float64(b.N), "cpu-ns/op") }
}

// stock is the module compiled by wazero alone.
func stock(b *testing.B, ctx context.Context) (wazero.Runtime, wazero.CompiledModule) {
	b.Helper()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithCoreFeatures(api.CoreFeaturesV2|experimental.CoreFeaturesThreads))
	wasi_snapshot_preview1.MustInstantiate(ctx, r)
	m, err := r.CompileModule(ctx, served(b))
	if err != nil {
		b.Fatal(err)
	}
	return r, m
}

// BenchmarkCalls is a call of an export, of a host function, and a turn of a loop, of which a
// cancellable guest looks whether it is to end.
func BenchmarkCalls(b *testing.B) {
	background := context.Background()
	cancellable, cancel := context.WithCancel(background)
	defer cancel()
	for _, tc := range []struct {
		name string
		c    compat.Config
		ctx  context.Context
	}{
		{"wazedge, context that can end", compat.Config{}, cancellable},
		{"wazedge", compat.Config{}, background},
		{"wazedge uninterruptible", compat.Config{Uninterruptible: true}, background},
	} {
		r := compat.NewRuntime(tc.c)
		defer r.Close(background)
		m, err := r.Compile(background, served(b))
		if err != nil {
			b.Fatal(err)
		}
		i, err := m.Instantiate(background, compat.StoreConfig{})
		if err != nil {
			b.Fatal(err)
		}
		defer i.Close(background)
		b.Run("export/"+tc.name, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				if _, err := i.Invoke(tc.ctx, "add", value.OfI32(1), value.OfI32(2)); err != nil {
					b.Fatal(err)
				}
			}
		})
		for _, f := range []string{"yield", "spin"} {
			b.Run(f+"/"+tc.name, func(b *testing.B) {
				b.ReportAllocs()
				if _, err := i.Invoke(tc.ctx, f, value.OfI32(int32(b.N))); err != nil {
					b.Fatal(err)
				}
			})
		}
	}
	r, m := stock(b, background)
	defer r.Close(background)
	i, err := r.InstantiateModule(background, m, wazero.NewModuleConfig())
	if err != nil {
		b.Fatal(err)
	}
	add := i.ExportedFunction("add")
	b.Run("export/wazero", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			if _, err := add.Call(background, 1, 2); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, f := range []string{"yield", "spin"} {
		b.Run(f+"/wazero", func(b *testing.B) {
			if _, err := i.ExportedFunction(f).Call(background, uint64(b.N)); err != nil {
				b.Fatal(err)
			}
		})
	}
}
