package main

import "fmt"

var gcSuite = Suite{
	Name:  "gc",
	Title: "programs on garbage-collected objects, beside twins that manage linear memory by hand",
	Notes: "`trees` builds and counts binary trees up to depth 18, `list` passes 20,000,000 cells through a queue of " +
		"10,000, `map` replaces 10,000,000 boxed values in a hash map of 65,536.",
	RowOverFirst: true,
	Cases: func(b *Bench) ([]Case, error) {
		var cases []Case
		for _, w := range []struct {
			name string
			n    int
		}{{"trees", 18}, {"list", 20_000_000}, {"map", 10_000_000}} {
			work := func(kind string) Work {
				return Work{Module: b.Guest("bench/guests/" + w.name + "_" + kind + ".wasm"), Call: "run", Args: []string{fmt.Sprint(w.n)}}
			}
			c := Case{Name: w.name, Rounds: 5, Commands: []Command{
				b.ours("linear memory", work("linear")),
				b.ours("collected", work("gc")),
			}}
			for _, r := range b.runtimes[1:] {
				if argv := r.argv(b, work("gc")); argv != nil {
					c.Commands = append(c.Commands, Command{Label: r.Name + ", collected", Path: r.Path, Args: argv})
				}
			}
			cases = append(cases, c)
		}
		return cases, nil
	},
}
