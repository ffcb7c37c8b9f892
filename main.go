// Command wazedge runs WebAssembly programs as WasmEdge's wasmedge does.
package main

import (
	"os"
	"runtime/debug"

	"github.com/wazedge/wazedge/cli"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/inherit"
	"github.com/wazedge/wazedge/internal/machine"
)

// maxStack is how large the stack of a goroutine may grow, in bytes: the engine's
// interpreter takes some 4 KiB of it for a call of the guest's.
const maxStack = 1 << 30

// maxYoungStack is that of a guest that is interpreted until it is compiled: one without end takes
// some three times as much.
const maxYoungStack = 128 << 20

func main() {
	// What the Go runtime itself gives up on ends with one line, not with the
	// stacks of all goroutines.
	debug.SetTraceback("none")
	engine.SetMaxStack(maxStack)
	machine.GrowStack() // a run takes as much
	inherit.Restore()
	p := cli.Process{Args: os.Args, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: inherit.Stderr(), Getenv: os.Getenv, Environ: os.Environ}
	p.BoundInterpreter = func() { engine.SetInterpreterStack(maxYoungStack) }
	os.Exit(p.Main())
}
