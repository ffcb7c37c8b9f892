//go:build ignore

// wat2wasm assembles modules in the text format: go run testdata/wat2wasm.go FILE.wat..., each into a
// FILE.wasm beside it.
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

func main() {
	for _, source := range os.Args[1:] {
		if err := assemble(source); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", source, err)
			os.Exit(1)
		}
	}
}

func assemble(source string) error {
	text, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	m, err := wat.Parse(text)
	if err != nil {
		return err
	}
	return os.WriteFile(strings.TrimSuffix(source, ".wat")+".wasm", wasm.Encode(m), 0o644)
}
