package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// realEnv names the directory that bench/real/build.sh has built the programs of [realSuite] into.
const realEnv = "WAZEDGE_BENCH_REAL"

// realProgram is a program of [realSuite]: its name, and what it is given.
type realProgram struct {
	name  string
	args  []string
	stdin string // a file of work; empty for none
	what  string // that it does
}

// realPrograms are those of bench/real/build.sh, in the order of the table.
var realPrograms = []realProgram{
	{"sqlite", []string{"300000"}, "", "300,000 rows and queries"},
	{"lua", []string{"/work.lua"}, "", "a script"},
	{"quickjs", []string{"/work.js"}, "", "a script"},
	{"bzip2", []string{"8"}, "", "8 MB, both ways"},
	{"zlib", []string{"16"}, "", "16 MB, both ways, two levels"},
	{"png", nil, "", "two pictures, both ways"},
	{"regex", []string{"200000"}, "", "five expressions on 200,000 lines"},
	{"json", []string{"60000"}, "", "13 MB read and written five times"},
	{"raytracer", []string{"512"}, "", "512 by 512 points"},
	{"gofmt", []string{"/large.go"}, "", "397 KB of Go"},
	{"esbuild", []string{"--minify", "--loader=js"}, "large.js", "1.3 MB of JavaScript"},
	{"matrix", []string{"3"}, "", "512 by 512, three times"},
	{"matrix-vectors", []string{"3"}, "", "the same with vectors"},
}

var realSuite = Suite{
	Name:  "real",
	Title: "real programs, from what registries have, warm, to their end",
	Notes: "`bash bench/real/build.sh DIR` builds them, and `" + realEnv + "` names DIR: SQLite, Lua, QuickJS, bzip2 and zlib of crates, regex and " +
		"serde_json of crates, PNG, gofmt and esbuild in Go, a ray tracer and matrix products of ours. All print the same in every runtime. " +
		"`native` is built of the same source for this machine.",
	Chart: "Real programs, time of the processor",
	Cases: func(b *Bench) ([]Case, error) {
		dir := os.Getenv(realEnv)
		if dir == "" {
			return nil, errors.New("set " + realEnv + " to where bash bench/real/build.sh DIR has built the programs")
		}
		work := filepath.Join(dir, "work")
		var cases []Case
		for _, p := range realPrograms {
			module := filepath.Join(dir, p.name+".wasm")
			if _, err := os.Stat(module); err != nil {
				return nil, fmt.Errorf("%w: bash bench/real/build.sh %s %s", err, dir, p.name)
			}
			w := Work{Module: module, Mount: work, Args: p.args, Native: filepath.Join(dir, p.name+".native")}
			commands := slices.DeleteFunc(b.everyRuntime(w), func(c Command) bool { return c.Label == "bare wazero" && p.stdin != "" })
			for n := range commands {
				if p.stdin != "" {
					commands[n].Stdin = filepath.Join(work, p.stdin)
				}
			}
			cases = append(cases, Case{Name: p.name + ": " + p.what, Rounds: 3, Commands: commands})
		}
		return cases, nil
	},
}
