//go:build linux

// Command containerd-shim-wazedge-v1 is containerd's shim for pods with WebAssembly modules, for
// containerd 1.6, 1.7 and 2, as far as it starts wazedge-shim, which is beside it. Under the name
// containerd-shim-wasmedge-v1 it is the one for io.containerd.wasmedge.v1.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/wazedge/wazedge/shim/internal/launch"
)

func main() {
	if err := launch.Run(os.Args[0], os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", filepath.Base(os.Args[0]), err)
		os.Exit(1)
	}
}
