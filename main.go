// Command wazedge runs WebAssembly programs as WasmEdge's wasmedge does.
package main

import (
	"os"
	"runtime/debug"

	"github.com/wazedge/wazedge/cli"
)

func main() {
	// What the Go runtime itself gives up on ends with one line, not with the
	// stacks of all goroutines.
	debug.SetTraceback("none")
	p := cli.Process{Args: os.Args, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv}
	os.Exit(p.Main())
}
