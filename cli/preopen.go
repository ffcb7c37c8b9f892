package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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
			return d, noMode(text, mode)
		}
	}
	return d, nil
}

// noMode is the error for a mode that there is not, or for the notation of Wasmtime.
func noMode(text, mode string) error {
	if host, guest, ok := strings.Cut(text, "::"); ok {
		return fmt.Errorf("--dir %s: Wasmtime's HOST::GUEST is GUEST:HOST here: --dir %s:%s", text, guest, host)
	}
	return fmt.Errorf("--dir %s: no mode %q: readonly, writeonly or readwrite", text, mode)
}

// checkPreopen refuses to map what is no directory; WasmEdge goes on without it.
func checkPreopen(text string, d compat.Preopen) error {
	info, err := os.Stat(d.Host)
	switch {
	case err == nil && info.IsDir():
		return nil
	case err == nil:
		return fmt.Errorf("--dir %s: %s is a file, not a directory: map the one that it is in: --dir %s", text, d.Host, filepath.Dir(d.Host))
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("--dir %s: %w", text, err)
	}
	hint := ""
	if host, err := os.Stat(d.Guest); err == nil && host.IsDir() && d.Host != d.Guest {
		hint = fmt.Sprintf("; the guest's name stands first: --dir %s:%s", d.Host, d.Guest)
	}
	return fmt.Errorf("--dir %s: no such directory: %s%s", text, d.Host, hint)
}

// standardInput stands for a module that is read from there; as wasmedge, for a file.
const standardInput = "-"

// guestProgram is the guest's argv[0] by WasmEdge's rule: the name of the file
// with ".wasm" in place of its extension; in a bundle, what was typed.
func (p *Process) guestProgram(path string) string {
	if p.bundle != nil {
		return p.typed
	}
	name := path[strings.LastIndexByte(path, '/')+1:]
	if dot := strings.LastIndexByte(name, '.'); dot > 0 && name != ".." {
		name = name[:dot]
	}
	return name + ".wasm"
}
