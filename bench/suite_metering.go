package main

import (
	"path/filepath"
)

var meteringSuite = Suite{
	Name:  "metering",
	Title: "what limits and statistics cost a guest",
	Notes: "`plain` runs without any; `statistics` counts instructions and gas, `gas limit` counts gas against a limit " +
		"of 2^32-1 that is not reached, `time limit` has a deadline that never comes. Caches are warm. WasmEdge's own " +
		"ahead-of-time build with all statistics is 5.7 times slower than without them.",
	RowOverFirst: true,
	Cases: func(b *Bench) ([]Case, error) {
		dir, err := b.Mkdir("metering")
		if err != nil {
			return nil, err
		}
		const size = 1e7
		want, err := writeLoad(filepath.Join(dir, "load"), size)
		if err != nil {
			return nil, err
		}
		goWork, err := b.goGuest("gowork", "./bench/guests/gowork")
		if err != nil {
			return nil, err
		}
		sorted := func() error { return checkAndRemove(filepath.Join(dir, "load.sorted"), want) }
		var cases []Case
		add := func(name string, check func() error, w Work) {
			cases = append(cases, Case{Name: name, Rounds: 5, AnyOutput: true, Check: check, Commands: []Command{
				b.ours("plain", w),
				b.ours("statistics", w, "--enable-all-statistics"),
				b.ours("gas limit", w, "--gas-limit=-1"),
				b.ours("time limit", w, "--time-limit", "3600000"),
			}})
		}
		for _, algorithm := range []string{"merge", "quick"} {
			add(algorithm+" sort, 10 MB", sorted, Work{Module: b.Guest("bench/guests/sort.wasm"), Mount: dir, Args: []string{"/load", algorithm}})
		}
		add("sha256", nil, Work{Module: b.Guest("bench/guests/sha256.wasm"), Args: []string{"2000"}})
		add("fib", nil, Work{Module: b.Guest("bench/guests/fib.wasm"), Args: []string{"42"}})
		add("interpreter", nil, Work{Module: b.Guest("bench/guests/interp.wasm"), Args: []string{"500000"}})
		add("vectors", nil, Work{Module: b.Guest("bench/guests/simd.wasm"), Args: []string{"200000"}})
		add("go program", nil, Work{Module: goWork})
		return cases, nil
	},
}
