// Command gofiles makes, lists, reads and removes files beneath the directory of its argument.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func run(dir string) error {
	sub := filepath.Join(dir, "made")
	if err := os.Mkdir(sub, 0o755); err != nil {
		return err
	}
	for i := range 3 {
		text := strings.Repeat("x", i*10)
		if err := os.WriteFile(filepath.Join(sub, fmt.Sprintf("file%d", i)), []byte(text), 0o644); err != nil {
			return err
		}
	}
	if err := os.Rename(filepath.Join(sub, "file0"), filepath.Join(sub, "renamed")); err != nil {
		return err
	}
	entries, err := os.ReadDir(sub)
	if err != nil {
		return err
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(sub, e.Name()))
		if err != nil {
			return err
		}
		fmt.Println(e.Name(), len(text))
	}
	return os.RemoveAll(sub)
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: gofiles DIR")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "gofiles:", err)
		os.Exit(1)
	}
}
