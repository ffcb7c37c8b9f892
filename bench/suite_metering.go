package main

import (
	"path/filepath"
)

var meteringSuite = Suite{
	Name:  "metering",
	Title: "what limits and statistics cost a guest",
	Notes: "`plain` runs without any; `statistics` counts instructions and gas; `time limit` has a deadline that never " +
		"comes; `gas limit` counts gas against 2^32-1, the largest that the option takes, and so is measured on smaller " +
		"work (`light`) that stays below. Caches are warm. WasmEdge's own ahead-of-time build with all statistics is 5.7 " +
		"times slower than without them.",
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
		const size, lightSize = 1e7, 1e6
		for name, size := range map[string]int{"load": size, "light": lightSize} {
			if _, err := writeLoad(filepath.Join(dir, name), size); err != nil {
				return nil, err
			}
		}
		sort := func(algorithm string) metered {
			return metered{
				name:  algorithm + " sort",
				work:  Work{Module: b.Guest("bench/guests/sort.wasm"), Mount: dir, Args: []string{"/load", algorithm}},
				light: []string{"/light", algorithm},
			}
		}
		guest := func(name, module, load, light string) metered {
			return metered{name: name, work: Work{Module: module, Args: []string{load}}, light: []string{light}}
		}
		var cases []Case
		for _, m := range []metered{
			sort("merge"),
			sort("quick"),
			guest("sha256", b.Guest("bench/guests/sha256.wasm"), "2000", "300"),
			guest("fib", b.Guest("bench/guests/fib.wasm"), "42", "39"),
			guest("interpreter", b.Guest("bench/guests/interp.wasm"), "500000", "200000"),
			guest("vectors", b.Guest("bench/guests/simd.wasm"), "200000", "30000"),
			guest("go program", goWork, "2000000", "500000"),
		} {
			cases = append(cases, m.cases(b)...)
		}
		return cases, nil
	},
}

// metered is a guest of the metering suite with what it is given to do.
type metered struct {
	name  string
	work  Work
	light []string // arguments for little enough work that its gas stays below 2^32
}

func (m metered) cases(b *Bench) []Case {
	light := m.work
	light.Args = m.light
	return []Case{
		{Name: m.name, Rounds: 5, AnyOutput: true, Commands: []Command{
			b.ours("plain", m.work),
			b.ours("statistics", m.work, "--enable-all-statistics"),
			b.ours("time limit", m.work, "--time-limit", "3600000"),
		}},
		{Name: m.name + ", light", Rounds: 9, AnyOutput: true, Commands: []Command{
			b.ours("plain", light),
			b.ours("gas limit", light, "--gas-limit=-1"),
		}},
	}
}
