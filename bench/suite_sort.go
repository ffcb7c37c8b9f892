package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

var sortSuite = Suite{
	Name:  "sort",
	Title: "a file of characters read into a vector, sorted and written back (`bench/guests/sort`)",
	Notes: "Stock wazero grows linear memory by copying it into Go's heap; most of the difference to it is there. " +
		"`native` is the same Rust source built for this machine, when a rustc is in PATH.",
	Cases: func(b *Bench) ([]Case, error) {
		dir, err := b.Mkdir("sort")
		if err != nil {
			return nil, err
		}
		native := b.rustNative("sort", "bench/guests/sort.rs")
		var cases []Case
		for _, size := range []int{1e6, 1e7} {
			load := fmt.Sprintf("load%d", size)
			want, err := writeLoad(filepath.Join(dir, load), size)
			if err != nil {
				return nil, err
			}
			for _, algorithm := range []string{"merge", "quick"} {
				work := Work{Module: b.Guest("bench/guests/sort.wasm"), Mount: dir, Args: []string{"/" + load, algorithm}, Native: native}
				sorted := filepath.Join(dir, load+".sorted")
				cases = append(cases, Case{
					Name:     fmt.Sprintf("%s, %d MB", algorithm, size/1e6),
					Rounds:   7,
					Commands: b.everyRuntime(work),
					Check:    func() error { return checkAndRemove(sorted, want) },
				})
			}
		}
		return cases, nil
	},
}

// writeLoad fills a file with size characters of text in a fixed disorder, and returns them in order.
func writeLoad(path string, size int) ([]byte, error) {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 \n"
	text := make([]byte, size)
	state := uint32(2463534242)
	for i := range text {
		// xorshift32: the same file everywhere, in every version of Go
		state ^= state << 13
		state ^= state >> 17
		state ^= state << 5
		text[i] = letters[state%uint32(len(letters))]
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		return nil, err
	}
	slices.Sort(text)
	return text, nil
}

// checkAndRemove holds a sorted file against what it should be, and removes it for the next command.
func checkAndRemove(path string, want []byte) error {
	got, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if !slices.Equal(got, want) {
		return fmt.Errorf("%s is not sorted", path)
	}
	return os.Remove(path)
}
