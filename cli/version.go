package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// Versions: the one of WasmEdge that this stands for, and our own that this tree leads to.
const (
	wasmedgeVersion = "0.17.1"
	nextVersion     = "0.2.0"
)

const (
	ownModule    = "github.com/wazedge/wazedge"
	engineModule = "github.com/tetratelabs/wazero"
)

// identify is the variable of the environment with which wasmedge and wasmedgec say whose
// they are, where that would change what the real ones print.
const identify = "WAZEDGE"

// printVersion prints, as wasmedge and wasmedgec, the program as it was called, the version
// of WasmEdge that it stands for, and a line for the built-in plugin, as there; as wazedge,
// and by them where they are to identify themselves, our own version and what it is built of.
func printVersion(p *Process, _ line) int {
	if p.tool() == wazedge {
		fmt.Fprintf(p.out(), "wazedge version %s\nin place of wasmedge %s; %s\n", ownVersion(), wasmedgeVersion, builtOf())
		return statusOK
	}
	fmt.Fprintf(p.out(), "%s version %s\n", p.program(), wasmedgeVersion)
	if p.tool() == wasmedge {
		fmt.Fprintln(p.out(), ` (plugin "wasi_logging") version 0.1.0.0`)
	}
	if p.Getenv(identify) != "" {
		fmt.Fprintln(p.out(), p.identity())
	}
	return statusOK
}

// identity says whose program this is.
func (p *Process) identity() string { return "wazedge " + ownVersion() + "; " + builtOf() }

// builtOf is what the program is built of and for.
func builtOf() string {
	return fmt.Sprintf("wazero %s, %s, %s/%s", moduleVersion(engineModule), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// ownVersion is our own version in the terms of semver.org, which follows from the version that the
// module was installed by: "go install ...@v1.2.3" is 1.2.3. What is built from a tree, released or
// not, is a version before the next one; the commit stands behind it where Go knows it.
func ownVersion() string {
	return readVersion(strings.TrimPrefix(moduleVersion(ownModule), "v"))
}

// readVersion is ownVersion of a module's version.
func readVersion(v string) string {
	if commit := commitOf(v); commit != "" {
		return nextVersion + "-dev+" + commit
	}
	if v == "" || strings.HasPrefix(v, "(") || strings.HasSuffix(v, "+dirty") {
		return nextVersion + "-dev"
	}
	return v
}

// commitOf is the commit that the version v of one without a tag names: there is a time of
// 14 digits, and 12 of the commit behind it; "" for other versions.
func commitOf(v string) string {
	v, _, _ = strings.Cut(v, "+")
	parts := strings.FieldsFunc(v, func(r rune) bool { return r == '-' || r == '.' })
	if len(parts) < 2 {
		return ""
	}
	made, commit := parts[len(parts)-2], parts[len(parts)-1]
	if len(made) != 14 || strings.Trim(made, "0123456789") != "" || len(commit) != 12 || strings.Trim(commit, "0123456789abcdef") != "" {
		return ""
	}
	return commit
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
