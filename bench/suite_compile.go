package main

var compileSuite = Suite{
	Name:  "compile",
	Title: "compiling a module ahead of its run, with nothing cached",
	Notes: "`go hello` is a Go program of 2.5 MB. wazero writes into its cache, wazedge a module that carries its code.",
	Cases: func(b *Bench) ([]Case, error) {
		module, err := b.goGuest("gohello", "./testdata/guests/gohello")
		if err != nil {
			return nil, err
		}
		out, err := b.Mkdir("compiled")
		if err != nil {
			return nil, err
		}
		commands := []Command{{Label: oursName, Path: b.runtimes[0].Path, Args: []string{"compile", module, out + "/out.wasm"}}}
		for _, r := range b.runtimes[1:] {
			switch r.Name {
			case "wazero":
				commands = append(commands, Command{Label: r.Name, Path: r.Path, Args: []string{"compile", "-cachedir", b.cacheDir("wazero"), module}})
			case "wasmedge":
				commands = append(commands, Command{Label: r.Name, Path: r.Path, Args: []string{"compile", module, out + "/wasmedge.wasm"}})
			case "wasmtime":
				commands = append(commands, Command{Label: r.Name, Path: r.Path, Args: []string{"compile", "-o", out + "/out.cwasm", module}})
			}
		}
		return []Case{{Name: "go hello", Rounds: 5, AnyOutput: true, Commands: b.cold(commands)}}, nil
	},
}
