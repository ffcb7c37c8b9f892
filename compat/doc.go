// Package compat runs WebAssembly with what WasmEdge promises: its codes and information
// lines, its limits and statistics, its WASI.
//
// A [Runtime] compiles modules by one configuration, a [Module] is one that is compiled, and
// an [Instance] one that runs. Runtimes and modules may be used by many goroutines at
// once; any number of instances, each with a [Store] of its own unless they are linked,
// can be made of one module, and take some ten microseconds and kilobytes each:
//
//	r := compat.NewRuntime(compat.Config{})
//	defer r.Close(ctx)
//	m, err := r.CompileFile(ctx, "app.wasm")
//	...
//	i, err := m.Instantiate(ctx, compat.StoreConfig{WASI: &compat.WASIConfig{Args: os.Args}})
//	...
//	defer i.Close(ctx)
//	results, err := i.Invoke(ctx, "f", value.OfI32(1))
//
// A [HostModule] has functions, memories, globals and tables of the embedder's for guests
// to import. A call ends when its context does, wherever the guest is: in a loop, asleep, or
// waiting for input.
//
// Errors have codes of WasmEdge: errors.Is(err, compat.Unreachable) tells a trap's, and
// errors.As finds an [*InvokeError] with the calls that were under way, an [*ExitError] with
// the status of a guest that ended itself, or what a host function has returned.
//
// A [VM] takes one module through the stages that WasmEdge's command has.
//
// Nothing here prints, ends the process, or changes what belongs to it. What WasmEdge logs
// while a guest runs (a refused growth of memory, a directory that cannot be bound) goes to
// the Logger of the [Config].
package compat
