package main

var startupSuite = Suite{
	Name:  "startup",
	Title: "from the command's start to its end when the guest has next to nothing to do",
	Notes: "`hello` is a module of 136 bytes, `go hello` a Go program of 2.5 MB, `big` cmd/compile of Go's own " +
		"tree asked for its version. Caches are warm unless the name says cold.",
	Cases: func(b *Bench) ([]Case, error) {
		hello := Work{Module: b.Guest("testdata/guests/hello.wasm")}
		goHello, err := b.goGuest("gohello", "./testdata/guests/gohello")
		if err != nil {
			return nil, err
		}
		goWork := Work{Module: goHello, Native: b.goNative("gohello", "./testdata/guests/gohello")}
		big, err := b.goGuest("compile", "cmd/compile")
		if err != nil {
			return nil, err
		}
		helloNative := hello
		helloNative.Native = goWork.Native
		return []Case{
			{Name: "hello", Rounds: 30, Commands: b.everyRuntime(helloNative)},
			{Name: "go hello", Rounds: 15, Commands: b.everyRuntime(goWork)},
			{Name: "go hello, cold", Rounds: 5, Commands: b.cold(b.everyRuntime(Work{Module: goHello}))},
			{Name: "big", Rounds: 5, AnyOutput: true, Commands: b.everyRuntime(Work{Module: big, Args: []string{"-V"}})},
		}, nil
	},
}
