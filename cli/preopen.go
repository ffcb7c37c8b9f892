package cli

import (
	"fmt"
	"strings"

	"github.com/wazedge/wazedge/compat"
)

// parsePreopen reads the value of --dir: GUEST:HOST:MODE, GUEST:HOST, or one path
// for both. As WasmEdge, a mode that does not exist is read-write; strictly, it
// is refused, for who misspells "readonly" does not want to give away more.
func parsePreopen(text string, strict bool) (compat.Preopen, error) {
	guest, rest, mapped := strings.Cut(text, ":")
	if !mapped {
		return compat.Preopen{Guest: text, Host: text}, nil
	}
	host, mode, moded := strings.Cut(rest, ":")
	d := compat.Preopen{Guest: guest, Host: host}
	switch mode {
	case "readonly":
		d.Access = compat.ReadOnly
	case "writeonly":
		d.Access = compat.WriteOnly
	case "readwrite":
	default:
		if moded && strict {
			return d, fmt.Errorf("--dir %s: no mode %q: readonly, writeonly or readwrite", text, mode)
		}
	}
	return d, nil
}

// guestProgram is the guest's argv[0] by WasmEdge's rule: the name of the file
// with ".wasm" in place of its extension.
func guestProgram(path string) string {
	name := path[strings.LastIndexByte(path, '/')+1:]
	if dot := strings.LastIndexByte(name, '.'); dot > 0 && name != ".." {
		name = name[:dot]
	}
	return name + ".wasm"
}
