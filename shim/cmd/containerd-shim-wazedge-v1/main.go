// Command containerd-shim-wazedge-v1 is containerd's shim for pods with WebAssembly modules: the
// shim of runc, with wazedge-oci as the runtime, for containerd 1.6, 1.7 and 2. Under the name
// containerd-shim-wasmedge-v1 it serves io.containerd.wasmedge.v1.
package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"

	"github.com/containerd/containerd/v2/pkg/shim"

	"github.com/wazedge/wazedge/shim/internal/task"
)

func main() {
	name := "io.containerd.wazedge.v1"
	if strings.Contains(filepath.Base(os.Args[0]), "wasmedge") {
		name = "io.containerd.wasmedge.v1"
	}
	go task.EndForsaken(task.Register())
	shim.Run(context.Background(), task.NewManager(name))
}
