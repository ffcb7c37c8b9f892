package main

import "strconv"

var threadsSuite = Suite{
	Name:  "threads",
	Title: "what a second core does for a guest with threads",
	Notes: "A merge sort of 8 million numbers in C (`mergesort_threads`, pthreads), on as many threads as a row says. Filling, the last " +
		"merge and checking are done by one. The cache is warm. CPU time stays what it is where threads do not hinder each other.",
	RowOverFirst: true,
	Cases: func(b *Bench) ([]Case, error) {
		var commands []Command
		for _, threads := range []int{1, 2, 4} {
			n := strconv.Itoa(threads)
			work := Work{Module: b.Guest("bench/guests/mergesort_threads.wasm"), Args: []string{n, "8000000"}}
			commands = append(commands, b.ours(n+" threads", work, "--enable-threads"))
		}
		return []Case{{Name: "merge sort", Rounds: 7, Commands: commands}}, nil
	},
}
