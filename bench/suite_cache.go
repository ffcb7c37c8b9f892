package main

import "path/filepath"

var cacheSuite = Suite{
	Name:  "cache",
	Title: "starting from the cache and from universal modules, and compiling for them",
	Notes: "`hello` is a module of 136 bytes, which is compiled at every start; `native` is a Go program that prints " +
		"the same. `go hello` is a Go program of 2.6 MB, `cmd/compile` that of Go's own tree, 49 MB, asked for its " +
		"version. Stock wazero runs with `-cachedir`. `cold` begins with empty caches each time. The interpreter " +
		"is the engine's own.",
	Cases: func(b *Bench) ([]Case, error) {
		goHello, err := b.goGuest("gohello", "./testdata/guests/gohello")
		if err != nil {
			return nil, err
		}
		big, err := b.goGuest("compile", "cmd/compile")
		if err != nil {
			return nil, err
		}
		dir, err := b.Mkdir("universal")
		if err != nil {
			return nil, err
		}
		universal := filepath.Join(dir, "gohello.wasm")
		hello := Work{Module: b.Guest("testdata/guests/hello.wasm"), Native: b.goNative("gohello", "./testdata/guests/gohello")}
		work, bigWork := Work{Module: goHello}, Work{Module: big, Args: []string{"-V"}}
		compiled := b.ours("universal module, no cache", Work{Module: universal}, "--no-cache")
		compileOurs := Command{Label: oursName, Path: b.runtimes[0].Path, Args: []string{"compile", goHello, universal}}
		compileStock := Command{
			Label: "wazero", Path: b.runtimes[1].Path,
			Args: []string{"compile", "-cachedir", b.cacheDir("wazero"), goHello},
		}
		stock := func(w Work) Command { return b.everyRuntime(w)[1] }
		return []Case{
			{Name: "compile go hello", Rounds: 7, AnyOutput: true, Commands: b.cold([]Command{compileOurs, compileStock})},
			{Name: "hello", Rounds: 40, Commands: b.everyRuntime(hello)},
			{Name: "go hello, warm", Rounds: 20, Commands: []Command{b.ours(oursName, work), stock(work), compiled}},
			{Name: "cmd/compile, warm", Rounds: 7, AnyOutput: true, Commands: []Command{b.ours(oursName, bigWork), stock(bigWork)}},
			{Name: "go hello, cold", Rounds: 5, Commands: b.cold([]Command{
				b.ours("compile", work), b.ours("interpret", work, "--cold-start", "interpret"), stock(work),
			})},
			{Name: "cmd/compile, cold", Rounds: 1, AnyOutput: true, Commands: b.cold([]Command{
				b.ours("compile", bigWork), b.ours("interpret", bigWork, "--cold-start", "interpret"),
			})},
		}, nil
	},
}
