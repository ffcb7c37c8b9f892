// Command wazedge runs WebAssembly programs as WasmEdge's wasmedge does.
package main

import (
	"os"
	"runtime/debug"

	"github.com/wazedge/wazedge/cli"
	"github.com/wazedge/wazedge/internal/inherit"
)

func main() {
	// What the Go runtime itself gives up on ends with one line, not with the
	// stacks of all goroutines.
	debug.SetTraceback("none")
	inherit.Restore()
	p := cli.Process{Args: os.Args, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: inherit.Stderr(), Getenv: os.Getenv}
	os.Exit(p.Main())
}
