//go:build unix

// Command bare runs a WASI command on wazero with nothing around it but what the engine leaves to its
// embedder: a linear memory that is reserved once instead of being copied when it grows. It is what the
// sort suite compares with to tell our own cost from the engine's.
//
//	bare CACHEDIR MOUNT MODULE [ARG...]
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/experimental"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
	"github.com/tetratelabs/wazero/sys"
)

func main() {
	if len(os.Args) < 4 {
		fmt.Fprintln(os.Stderr, "usage: bare CACHEDIR MOUNT MODULE [ARG...]")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		if exit, ok := errors.AsType[*sys.ExitError](err); ok {
			os.Exit(int(exit.ExitCode()))
		}
		fmt.Fprintln(os.Stderr, "bare:", err)
		os.Exit(1)
	}
}

func run(cacheDir, mount string, args []string) error {
	ctx := experimental.WithMemoryAllocator(context.Background(), experimental.MemoryAllocatorFunc(reserve))
	cache, err := wazero.NewCompilationCacheWithDir(cacheDir)
	if err != nil {
		return err
	}
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler().WithCompilationCache(cache))
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, r); err != nil {
		return err
	}
	code, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	config := wazero.NewModuleConfig().WithArgs(args...).WithStdin(os.Stdin).WithStdout(os.Stdout).WithStderr(os.Stderr).
		WithSysWalltime().WithSysNanotime().
		WithFSConfig(wazero.NewFSConfig().WithDirMount(mount, "/"))
	_, err = r.InstantiateWithConfig(ctx, code, config)
	return err
}

// reserved is address space for the most that a memory can become.
type reserved []byte

func reserve(_, most uint64) experimental.LinearMemory {
	space, err := syscall.Mmap(-1, 0, int(most), syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_ANON|syscall.MAP_PRIVATE|syscall.MAP_NORESERVE)
	if err != nil {
		panic(err) // a measuring device, not a product
	}
	return reserved(space)
}

func (r reserved) Reallocate(size uint64) []byte { return r[:size] }
func (r reserved) Free()                         { _ = syscall.Munmap(r) }
