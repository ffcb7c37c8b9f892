package main

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/limits"
)

// BenchmarkLimits is what limits and statistics cost compiled guests: each case runs for some milliseconds
// without and with them, in turn, b.N times, and the tenth part of the runs that is fastest counts, by its slowest.
// What else a machine does makes many of the runs slower, but not all, so that some hundred of them tell what a long
// run on a machine of its own does. Compiling and starting is not measured. Run it by
//
//	go test ./bench -run '^$' -bench Limits -benchtime 300x
func BenchmarkLimits(b *testing.B) {
	for _, optimize := range []bool{false, true} {
		b.Run(map[bool]string{false: "engine", true: "optimized"}[optimize], func(b *testing.B) { benchmarkLimits(b, optimize) })
	}
}

// benchmarkLimits is [BenchmarkLimits] with the engine's code, or with optimized code.
func benchmarkLimits(b *testing.B, optimize bool) {
	gas := uint64(1e15)
	ways := []struct {
		name string
		c    limits.Config
	}{
		{"plain", limits.Config{}},
		{"statistics", limits.Config{Instructions: true, Gas: true, Time: true}},
		{"time-limit", limits.Config{TimeLimit: time.Hour}},
		{"gas-limit", limits.Config{GasLimit: &gas}},
	}
	dir := b.TempDir()
	if _, err := writeLoad(filepath.Join(dir, "load"), 2e4); err != nil {
		b.Fatal(err)
	}
	goWork, err := (&Bench{dir: dir, root: ".."}).goGuest("gowork", "./bench/guests/gowork")
	if err != nil {
		b.Fatal(err)
	}
	cases := []struct{ name, module, args string }{
		{"merge-sort", "guests/sort.wasm", "/load merge"},
		{"quick-sort", "guests/sort.wasm", "/load quick"},
		{"sha256", "guests/sha256.wasm", "2"},
		{"fib", "guests/fib.wasm", "27"},
		{"interpreter", "guests/interp.wasm", "1000"},
		{"vectors", "guests/simd.wasm", "200"},
		{"go-program", goWork, "4000"},
	}
	ctx := context.Background()
	ratios := make([][]float64, len(ways))
	for _, c := range cases {
		b.Run(c.name, func(b *testing.B) {
			modules := make([]*compat.Module, len(ways))
			for k, w := range ways {
				r := compat.NewRuntime(compat.Config{Limits: w.c, Uninterruptible: true, Optimize: optimize, Guards: optimize})
				defer r.Close(ctx)
				m, err := r.CompileFile(ctx, c.module)
				if err != nil {
					b.Fatal(err)
				}
				modules[k] = m
			}
			world := &compat.WASIConfig{
				Args:     append([]string{c.name}, strings.Fields(c.args)...),
				Preopens: []compat.Preopen{{Guest: "/", Host: dir}},
			}
			took := make([][]time.Duration, len(ways))
			b.ResetTimer()
			for range b.N {
				for k, m := range modules {
					i, err := m.Instantiate(ctx, compat.StoreConfig{WASI: world})
					if err != nil {
						b.Fatal(err)
					}
					before := processorTime()
					_, err = i.Invoke(ctx, "_start")
					took[k] = append(took[k], processorTime()-before)
					if exit, ok := errors.AsType[*compat.ExitError](err); err != nil && (!ok || exit.Status != 0) {
						b.Fatal(err)
					}
					i.Close(ctx)
				}
			}
			fast := make([]time.Duration, len(ways))
			for k := range ways {
				slices.Sort(took[k])
				fast[k] = took[k][b.N/10]
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(fast[0].Nanoseconds())/1e6, "plain-ms")
			for k := 1; k < len(ways); k++ {
				ratio := float64(fast[k]) / float64(fast[0])
				b.ReportMetric(ratio, ways[k].name)
				if b.N > 1 {
					ratios[k] = append(ratios[k], ratio)
				}
			}
		})
	}
	for k, w := range ways {
		sum, worst := 0.0, 0.0
		for _, r := range ratios[k] {
			sum, worst = sum+math.Log(r), max(worst, r)
		}
		if n := len(ratios[k]); n > 0 {
			b.Logf("%s: %.3f in the geometric mean of %d, %.3f at worst", w.name, math.Exp(sum/float64(n)), n, worst)
		}
	}
}
