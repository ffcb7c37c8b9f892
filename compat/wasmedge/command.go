package wasmedge

import (
	"os"

	"github.com/wazedge/wazedge/cli"
)

// RunWasmEdgeAOTCompilerCLI is the command wasmedgec with the arguments argv, the program's
// name first. It returns the exit status. As in the SDK, it takes the process for a
// command's: its streams, its signals.
func RunWasmEdgeAOTCompilerCLI(argv []string) int { return command("wasmedgec", argv) }

// RunWasmEdgeCLI is the command wasmedge; see [RunWasmEdgeAOTCompilerCLI].
func RunWasmEdgeCLI(argv []string) int { return command("wasmedge", argv) }

// RunWasmEdgeUnifiedCLI is the command wasmedge with its sub-commands, which [RunWasmEdgeCLI]
// is too.
func RunWasmEdgeUnifiedCLI(argv []string) int { return command("wasmedge", argv) }

func command(tool string, argv []string) int {
	args := []string{tool}
	if len(argv) > 0 {
		args = append(args, argv[1:]...)
	}
	p := cli.Process{Args: args, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Environ: os.Environ}
	return p.Main()
}
