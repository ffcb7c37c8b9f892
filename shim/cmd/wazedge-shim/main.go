// Command wazedge-shim serves pods with WebAssembly modules to containerd: it is containerd's shim
// of runc, with wazedge-oci as the runtime. containerd-shim-wazedge-v1 starts it, and leaves to it what is rare.
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
