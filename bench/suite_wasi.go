package main

import (
	"fmt"
	"os"
	"path/filepath"
)

var wasiSuite = Suite{
	Name:  "wasi",
	Title: "the cost of host calls: files, directories, small writes",
	Notes: "`copy` moves 1 GB through a guest with buffers of 64 KiB, `small writes` makes 2,000,000 writes of 16 bytes " +
		"to /dev/null, `listing` reads a directory of 100,000 files. `native` is the same C source built for this " +
		"machine, when a cc is in PATH.",
	Cases: func(b *Bench) ([]Case, error) {
		dir, err := b.Mkdir("wasi")
		if err != nil {
			return nil, err
		}
		const size = 1 << 30
		if err := writeZeros(filepath.Join(dir, "from"), size); err != nil {
			return nil, err
		}
		many, err := b.Mkdir("many")
		if err != nil {
			return nil, err
		}
		for i := range 100_000 {
			f, err := os.Create(filepath.Join(many, fmt.Sprint("file", i)))
			if err != nil {
				return nil, err
			}
			if err := f.Close(); err != nil {
				return nil, err
			}
		}
		copied := filepath.Join(dir, "to")
		return []Case{
			{Name: "copy, 1 GB", Rounds: 5, Commands: b.everyRuntime(Work{
				Module: b.Guest("bench/guests/copy.wasm"), Mount: dir, Args: []string{"/from", "/to"},
				Native: b.cNative("copy", "bench/guests/copy.c"),
			}), Check: func() error {
				info, err := os.Stat(copied)
				if err == nil && info.Size() != size {
					err = fmt.Errorf("%d bytes copied", info.Size())
				}
				return err
			}},
			{Name: "small writes", Rounds: 7, Discard: true, Commands: b.everyRuntime(Work{
				Module: b.Guest("bench/guests/smallwrites.wasm"), Args: []string{"2000000"},
				Native: b.cNative("smallwrites", "bench/guests/smallwrites.c"),
			})},
			{Name: "listing", Rounds: 5, AnyOutput: true, Commands: b.everyRuntime(Work{
				Module: b.Guest("bench/guests/readdir.wasm"), Mount: many, Args: []string{"/"}, NativeArgs: []string{"."},
				Native: b.cNative("readdir", "bench/guests/readdir.c"),
			})},
		}, nil
	},
}

func writeZeros(path string, size int64) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	block := make([]byte, 1<<20)
	for ; size > 0; size -= int64(len(block)) {
		if _, err := f.Write(block); err != nil {
			return err
		}
	}
	return nil
}
