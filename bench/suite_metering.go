package main

import (
	"fmt"
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
		goWork, err := b.goGuest("gowork", "./bench/guests/gowork")
		if err != nil {
			return nil, err
		}
		var cases []Case
		add := func(name string, check func() error, w Work, limited ...Command) {
			cases = append(cases, Case{Name: name, Rounds: 7, AnyOutput: true, Check: check, Commands: append([]Command{
				b.ours("plain", w),
				b.ours("statistics", w, "--enable-all-statistics"),
				b.ours("time limit", w, "--time-limit", "3600000"),
			}, limited...)})
		}
		limited := func(w Work) Command { return b.ours("gas limit", w, "--gas-limit=-1") }
		for _, size := range []int{1e6, 1e7} {
			load := fmt.Sprintf("load%d", size)
			want, err := writeLoad(filepath.Join(dir, load), size)
			if err != nil {
				return nil, err
			}
			sorted := func() error { return checkAndRemove(filepath.Join(dir, load+".sorted"), want) }
			for _, algorithm := range []string{"merge", "quick"} {
				w := Work{Module: b.Guest("bench/guests/sort.wasm"), Mount: dir, Args: []string{"/" + load, algorithm}}
				name := fmt.Sprintf("%s sort, %d MB", algorithm, size/1e6)
				if size == 1e6 {
					add(name, sorted, w, limited(w))
				} else {
					add(name, sorted, w) // takes more gas than there can be
				}
			}
		}
		for _, c := range []struct{ name, module, arg string }{
			{"sha256", "sha256", "300"}, {"fib", "fib", "38"}, {"interpreter", "interp", "200000"}, {"vectors", "simd", "30000"},
		} {
			w := Work{Module: b.Guest("bench/guests/" + c.module + ".wasm"), Args: []string{c.arg}}
			add(c.name, nil, w, limited(w))
		}
		add("go program", nil, Work{Module: goWork}, limited(Work{Module: goWork}))
		return cases, nil
	},
}
