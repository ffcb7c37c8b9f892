package cli

import (
	"fmt"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
)

// Versions: what scripts find in the first line of --version, and our own that this
// tree leads to.
const (
	wasmedgeVersion = "0.17.1"
	nextVersion     = "0.2.0"
)

const (
	ownModule    = "github.com/wazedge/wazedge"
	engineModule = "github.com/tetratelabs/wazero"
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
			ownVersion(), moduleVersion(engineModule), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	}
	return statusOK
}

// ownVersion is our own version in the terms of semver.org, which follows from the version that the
// module was installed by: "go install ...@v1.2.3" is 1.2.3. What is built from a tree, released or
// not, is a version before the next one; the commit stands behind it where Go knows it.
func ownVersion() string {
	return readVersion(strings.TrimPrefix(moduleVersion(ownModule), "v"))
}

// readVersion is ownVersion of a module's version.
func readVersion(v string) string {
	pseudo := regexp.MustCompile(`[-.]\d{14}-([0-9a-f]{12})`) // of a commit without a tag
	if commit := pseudo.FindStringSubmatch(v); commit != nil {
		return nextVersion + "-dev+" + commit[1]
	}
	if v == "" || strings.HasPrefix(v, "(") || strings.HasSuffix(v, "+dirty") {
		return nextVersion + "-dev"
	}
	return v
}

// moduleVersion is the version of a module that the binary is built of, "(unknown)" if it is of none.
func moduleVersion(path string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range append(info.Deps, &info.Main) {
			if m.Path == path {
				return m.Version
			}
		}
	}
	return "(unknown)"
}
