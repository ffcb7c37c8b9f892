package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// Versions: what scripts find in the first line of --version, and our own.
const (
	wasmedgeVersion = "0.17.1"
	ownVersion      = "0.1.0"
)

// printVersion prints, in its first line, the program as it was called and the
// version of WasmEdge that it stands for. As wasmedge, a line for the built-in
// plugin follows, as there; as wazedge, our own version and what it is built of.
func printVersion(p *Process, _ line) int {
	fmt.Fprintf(p.out(), "%s version %s\n", p.program(), wasmedgeVersion)
	switch p.tool() {
	case wasmedge:
		fmt.Fprintln(p.out(), ` (plugin "wasi_logging") version 0.1.0.0`)
	case wazedge:
		fmt.Fprintf(p.out(), "wazedge %s, wazero %s, %s, %s/%s\n",
			ownVersion, dependencyVersion("github.com/tetratelabs/wazero"), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	}
	return statusOK
}

// dependencyVersion is the version of a module that the binary is built with.
func dependencyVersion(path string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == path {
				return m.Version
			}
		}
	}
	return "(unknown)"
}
