package main

import (
	"path/filepath"
)

var meteringSuite = Suite{
	Name:  "metering",
	Title: "what limits and statistics cost a guest",
	Notes: "`plain` runs without any; `statistics` counts instructions and gas; `time limit` has a deadline that never " +
		"comes; `gas limit` counts gas against a limit that is never reached. Caches are warm. WasmEdge's own ahead-of-time " +
		"build with all statistics is 5.7 times slower than without them.",
	RowOverFirst: true,
	Cases: func(b *Bench) ([]Case, error) {
		dir, err := b.Mkdir("metering")
		if err != nil {
			return nil, err
		}
		goWork, err := b.goGuest("gowork", "./bench/guests/gowork")
		if err != nil {
			return nil, err
		}
		if _, err := writeLoad(filepath.Join(dir, "load"), 1e7); err != nil {
			return nil, err
		}
		var cases []Case
		add := func(name string, w Work) {
			cases = append(cases, Case{Name: name, Rounds: 5, AnyOutput: true, Commands: []Command{
				b.ours("plain", w),
				b.ours("statistics", w, "--enable-all-statistics"),
				b.ours("time limit", w, "--time-limit", "3600000"),
				b.ours("gas limit", w, "--gas-limit", "1000000000000000"),
			}})
		}
		for _, algorithm := range []string{"merge", "quick"} {
			add(algorithm+" sort", Work{Module: b.Guest("bench/guests/sort.wasm"), Mount: dir, Args: []string{"/load", algorithm}})
		}
		for _, g := range []struct{ name, module, load string }{
			{"sha256", b.Guest("bench/guests/sha256.wasm"), "2000"},
			{"fib", b.Guest("bench/guests/fib.wasm"), "42"},
			{"interpreter", b.Guest("bench/guests/interp.wasm"), "500000"},
			{"vectors", b.Guest("bench/guests/simd.wasm"), "200000"},
			{"go program", goWork, "2000000"},
		} {
			add(g.name, Work{Module: g.module, Args: []string{g.load}})
		}
		return cases, nil
	},
}
