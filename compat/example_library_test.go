package compat_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/value"
)

// One module, compiled once, and instances of it that know nothing of each other.
func ExampleRuntime() {
	ctx := context.Background()
	r := compat.NewRuntime(compat.Config{})
	defer r.Close(ctx)
	m, err := r.CompileFile(ctx, "testdata/library/counter.wat")
	if err != nil {
		log.Fatal(err)
	}
	for range 2 {
		i, err := m.Instantiate(ctx, compat.StoreConfig{})
		if err != nil {
			log.Fatal(err)
		}
		for range 3 {
			n, err := i.Invoke(ctx, "next")
			if err != nil {
				log.Fatal(err)
			}
			fmt.Print(n[0], " ")
		}
		i.Close(ctx)
	}
	// Output: 1 2 3 1 2 3
}

// Guests import functions of the embedder's, whose wasm types follow from Go's. Raw ones
// see the stack and the memory of who calls.
func ExampleHostModule() {
	ctx := context.Background()
	r := compat.NewRuntime(compat.Config{})
	defer r.Close(ctx)
	m, err := r.CompileFile(ctx, "testdata/library/greeter.wat")
	if err != nil {
		log.Fatal(err)
	}
	host := compat.NewHostModule("host").
		Typed("add", compat.Func2(func(_ context.Context, _ *compat.Caller, a, b int32) (int32, error) { return a + b, nil })).
		Func("say", compat.FuncType{Params: []compat.ValType{compat.I32, compat.I32}},
			func(_ context.Context, c *compat.Caller, stack []uint64) error {
				at, n, memory := uint32(stack[0]), uint32(stack[1]), c.Memory()
				if uint64(at)+uint64(n) > uint64(len(memory)) {
					return compat.MemoryOutOfBounds
				}
				fmt.Println(string(memory[at:][:n]))
				return nil
			})
	i, err := m.Instantiate(ctx, compat.StoreConfig{Hosts: []*compat.HostModule{host}})
	if err != nil {
		log.Fatal(err)
	}
	defer i.Close(ctx)
	if _, err := i.Invoke(ctx, "greet", value.OfI32(2)); err != nil {
		log.Fatal(err)
	}
	// Output: hello
}

// Guests import from a plug-in in a file, which has a world of its own, and from a namespace of
// the embedder's.
func ExampleConfig_plugins() {
	ctx := context.Background()
	greeter := &compat.PluginFile{Path: "testdata/library/greet.wat", WASI: compat.WASIConfig{Env: []string{"LANGUAGE=en"}}}
	find := func(module string, _ bool) (*compat.PluginFile, error) {
		if module == "greeter" {
			return greeter, nil
		}
		return nil, nil
	}
	r := compat.NewRuntime(compat.Config{Plugins: find})
	defer r.Close(ctx)
	m, err := r.CompileFile(ctx, "testdata/library/plugged.wat")
	if err != nil {
		log.Fatal(err)
	}
	greeted := func(_ context.Context, _ *compat.Caller, n int32) error {
		fmt.Println(n, "bytes")
		return nil
	}
	host := compat.NewHostModule("host").Typed("greeted", compat.Proc1(greeted))
	i, err := m.Instantiate(ctx, compat.StoreConfig{Hosts: []*compat.HostModule{host}})
	if err != nil {
		log.Fatal(err)
	}
	defer i.Close(ctx)
	if _, err := i.Invoke(ctx, "run"); err != nil {
		log.Fatal(err)
	}
	memory, _ := i.Memory("memory")
	fmt.Printf("%s\n", memory.Bytes()[200:][:12])
	// Output:
	// 12 bytes
	// hello, world
}

// A call ends with its context, even in a loop; the instance can be called again.
func ExampleInstance_Invoke_context() {
	ctx := context.Background()
	r := compat.NewRuntime(compat.Config{})
	defer r.Close(ctx)
	m, err := r.CompileFile(ctx, "testdata/library/counter.wat")
	if err != nil {
		log.Fatal(err)
	}
	i, err := m.Instantiate(ctx, compat.StoreConfig{})
	if err != nil {
		log.Fatal(err)
	}
	defer i.Close(ctx)
	short, cancel := context.WithTimeout(ctx, 10*time.Millisecond)
	defer cancel()
	_, err = i.Invoke(short, "forever")
	fmt.Println(errors.Is(err, compat.Interrupted), errors.Is(err, context.DeadlineExceeded))
	n, err := i.Invoke(ctx, "next")
	fmt.Println(n[0], err)
	// Output:
	// true true
	// 1 <nil>
}

// Instances of one store can be linked: the second module imports what the first exports.
func ExampleStore_Link() {
	ctx := context.Background()
	r := compat.NewRuntime(compat.Config{})
	defer r.Close(ctx)
	store := r.NewStore(compat.StoreConfig{})
	defer store.Close(ctx)
	var last *compat.Instance
	for _, name := range []string{"counter", "user"} {
		m, err := r.CompileFile(ctx, "testdata/library/"+name+".wat")
		if err != nil {
			log.Fatal(err)
		}
		if last, err = store.Instantiate(ctx, m); err != nil {
			log.Fatal(err)
		}
		store.Link(name, last)
	}
	n, err := last.Invoke(ctx, "twice")
	if err != nil {
		log.Fatal(err)
	}
	memory, _ := last.Memory("memory")
	fmt.Println(n[0], memory.Bytes()[0])
	// Output: 2 2
}
