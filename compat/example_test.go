package compat_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/value"
)

// A reactor is a module whose exported functions are called.
func ExampleVM_reactor() {
	ctx := context.Background()
	vm := compat.New(compat.Config{})
	defer vm.Close(ctx)
	if err := vm.LoadFile("../testdata/guests/fib.wasm"); err != nil {
		log.Fatal(err)
	}
	if err := vm.Validate(); err != nil {
		log.Fatal(err)
	}
	if err := vm.Instantiate(ctx); err != nil {
		log.Fatal(err)
	}
	results, err := vm.Invoke(ctx, "fib", value.OfI32(24))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(results[0])
	// Output: 46368
}

// A command is a program; it ends by returning from _start, or with a status.
func ExampleVM_command() {
	ctx := context.Background()
	vm := compat.New(compat.Config{WASI: compat.WASIConfig{Args: []string{"exit.wasm"}}})
	defer vm.Close(ctx)
	for _, step := range []func() error{
		func() error { return vm.LoadFile("../testdata/guests/exit.wasm") },
		vm.Validate,
		func() error { return vm.Instantiate(ctx) },
	} {
		if err := step(); err != nil {
			log.Fatal(err)
		}
	}
	if vm.Entry() != compat.Command {
		log.Fatal("not a command")
	}
	_, err := vm.Invoke(ctx, "_start")
	fmt.Println(err)
	// Output: exit status 42
}

// A guest's trap comes with WasmEdge's code and the lines it would log.
func ExampleVM_trap() {
	ctx := context.Background()
	vm := compat.New(compat.Config{})
	defer vm.Close(ctx)
	if err := vm.LoadFile("../testdata/guests/exit.wasm"); err != nil {
		log.Fatal(err)
	}
	if err := vm.Validate(); err != nil {
		log.Fatal(err)
	}
	if err := vm.Instantiate(ctx); err != nil {
		log.Fatal(err)
	}
	_, err := vm.Invoke(ctx, "divide", value.OfI32(1), value.OfI32(0))
	failed, _ := errors.AsType[*compat.InvokeError](err)
	fmt.Println(failed.Fault.Code)
	fmt.Println(failed.Fault.Info[0])
	for _, line := range failed.Tail() {
		fmt.Println(line)
	}
	// Output:
	// execution failed: integer divide by zero, Code: 0x404
	// In instruction: i32.div_s (0x63) , Bytecode offset: 0x000000b2 , Args: [1 , 0]
	// calling stack:5
	//     When executing function name: "divide"
}
