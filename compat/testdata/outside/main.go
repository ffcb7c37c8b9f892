// Command outside uses the library as a module of somebody else's does: a thousand
// instances of one module in eight goroutines, host functions and a plug-in of its own, and calls that
// end with their contexts. It prints what it has done and how long interruptions took.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/limits"
)

func main() {
	ctx := context.Background()
	if err := errors.Join(run(ctx, os.Args[1]), plugged(ctx, os.Args[2])); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, module string) (err error) {
	features := compat.Wasm3
	r := compat.NewRuntime(compat.Config{Features: &features, Limits: limits.Config{Gas: true}})
	defer func() { err = errors.Join(err, r.Close(ctx)) }()
	m, err := r.CompileFile(ctx, module)
	if err != nil {
		return err
	}
	host := compat.NewHostModule("host").
		Typed("twice", compat.Func1(func(_ context.Context, _ *compat.Caller, x int32) (int32, error) { return 2 * x, nil })).
		Func("sum", compat.FuncType{Params: []compat.ValType{compat.I32, compat.I32}, Results: []compat.ValType{compat.I64}}, sum)
	if err := thousand(ctx, m, host); err != nil {
		return err
	}
	return interruptions(ctx, m, host)
}

// sum adds the bytes of the guest's memory at an address.
func sum(_ context.Context, c *compat.Caller, stack []uint64) error {
	at, n := uint32(stack[0]), uint32(stack[1])
	memory := c.Memory()
	if uint64(at)+uint64(n) > uint64(len(memory)) {
		return compat.MemoryOutOfBounds
	}
	total := uint64(0)
	for _, b := range memory[at:][:n] {
		total += uint64(b)
	}
	stack[0] = total
	return nil
}

func thousand(ctx context.Context, m *compat.Module, host *compat.HostModule) error {
	errs := make(chan error, 1000)
	var group sync.WaitGroup
	for g := range 8 {
		group.Go(func() {
			for n := range 125 {
				errs <- one(ctx, m, host, int32(g*125+n))
			}
		})
	}
	group.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return err
		}
	}
	fmt.Println("1000 instances")
	return nil
}

func one(ctx context.Context, m *compat.Module, host *compat.HostModule, n int32) (err error) {
	i, err := m.Instantiate(ctx, compat.StoreConfig{Hosts: []*compat.HostModule{host}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, i.Close(ctx)) }()
	got, err := i.Invoke(ctx, "run", value.OfI32(n))
	if err != nil {
		return err
	}
	if want := value.OfI64(int64(2*n) + 6); got[0] != want {
		return fmt.Errorf("run(%d) is %v, not %v", n, got[0], want)
	}
	if i.Store().Statistics().GasCosts == 0 {
		return errors.New("no gas was counted")
	}
	memory, ok := i.Memory("memory")
	if !ok || !memory.Write(1, []byte{0xff}) {
		return errors.New("no memory")
	}
	_, err = i.Invoke(ctx, "outside")
	var failed *compat.InvokeError
	if !errors.As(err, &failed) || failed.Fault.Code != compat.MemoryOutOfBounds {
		return fmt.Errorf("outside: %v", err)
	}
	return nil
}

// plugged runs a guest in dir that imports from the plug-in beside it and from a namespace of ours.
func plugged(ctx context.Context, dir string) (err error) {
	r := compat.NewRuntime(compat.Config{Plugins: func(module string, _ bool) (*compat.PluginFile, error) {
		if module != "greeter" {
			return nil, nil
		}
		return &compat.PluginFile{Path: filepath.Join(dir, "greet.wat")}, nil
	}})
	defer func() { err = errors.Join(err, r.Close(ctx)) }()
	m, err := r.CompileFile(ctx, filepath.Join(dir, "plugged.wat"))
	if err != nil {
		return err
	}
	var length int32
	host := compat.NewHostModule("host").
		Typed("greeted", compat.Proc1(func(_ context.Context, _ *compat.Caller, n int32) error { length = n; return nil }))
	i, err := m.Instantiate(ctx, compat.StoreConfig{Hosts: []*compat.HostModule{host}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, i.Close(ctx)) }()
	if _, err := i.Invoke(ctx, "run"); err != nil {
		return err
	}
	memory, _ := i.Memory("memory")
	fmt.Printf("the plug-in says %q\n", memory.Bytes()[200:][:length])
	return nil
}

// interruptions ends calls by their contexts.
func interruptions(ctx context.Context, m *compat.Module, host *compat.HostModule) error {
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	defer read.Close()
	defer write.Close()
	i, err := m.Instantiate(ctx, compat.StoreConfig{Hosts: []*compat.HostModule{host}, WASI: &compat.WASIConfig{Stdin: read}})
	if err != nil {
		return err
	}
	for _, name := range []string{"loop", "sleep", "read"} {
		timed, cancel := context.WithCancel(ctx)
		ended := make(chan time.Time, 1)
		time.AfterFunc(20*time.Millisecond, func() {
			ended <- time.Now()
			cancel()
		})
		_, err := i.Invoke(timed, name)
		took := time.Since(<-ended)
		if !errors.Is(err, context.Canceled) {
			return fmt.Errorf("%s: %v", name, err)
		}
		fmt.Printf("%s ended %v after its context\n", name, took.Round(time.Microsecond))
	}
	var _ io.Closer = read
	return i.Close(ctx)
}
