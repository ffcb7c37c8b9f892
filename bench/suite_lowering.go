package main

import "path/filepath"

var loweringSuite = Suite{
	Name:  "lowering",
	Title: "programs that need what the engine lacks, beside twins that do not",
	Notes: "The sorts are one C source built for a 32-bit and for a 64-bit memory.",
	// a twin comes first, so that the columns say what the feature costs
	RowOverFirst: true,
	Cases: func(b *Bench) ([]Case, error) {
		dir, err := b.Mkdir("lowering")
		if err != nil {
			return nil, err
		}
		want, err := writeLoad(filepath.Join(dir, "load"), 1e7)
		if err != nil {
			return nil, err
		}
		var cases []Case
		for _, algorithm := range []string{"merge", "quick"} {
			work := func(module string) Work {
				return Work{Module: b.Guest(module), Mount: dir, Args: []string{"/load", algorithm}}
			}
			cases = append(cases, Case{
				Name: algorithm + " sort, 10 MB", Rounds: 5,
				Check: func() error { return checkAndRemove(filepath.Join(dir, "load.sorted"), want) },
				Commands: []Command{
					b.ours("32-bit memory", work("bench/guests/sortbare32.wasm")),
					b.ours("64-bit memory", work("bench/guests/sortbare64.wasm")),
				},
			})
		}
		return append(cases, Case{Name: "copy loop, 1 GB", Rounds: 5, Commands: []Command{
			b.ours("one memory", Work{Module: b.Guest("bench/guests/copyloop1.wasm"), Call: "copy", Args: []string{"16384"}}),
			b.ours("two memories", Work{Module: b.Guest("bench/guests/copyloop2.wasm"), Call: "copy", Args: []string{"16384"}}),
		}}), nil
	},
}
