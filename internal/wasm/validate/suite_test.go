package validate_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wasm/validate"
	"github.com/wazedge/wazedge/internal/wat"
)

const everything = wasm.Wasm3 | wasm.Threads

// suiteModule is a module of the official test scripts.
type suiteModule struct {
	file    string
	line    int
	invalid bool
	text    string // what is wrong with it
	bin     []byte
	f       wasm.Features
}

// suite reads the modules of all official test scripts that are well-formed.
func suite(t testing.TB) (all []suiteModule) {
	err := filepath.WalkDir(shared(t, "testsuite"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".wast") {
			return err
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		script, err := wat.ParseScript(src)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			return nil
		}
		for _, c := range script.Commands {
			switch c.Kind {
			case wat.CmdModule, wat.CmdDefinition, wat.AssertUnlinkable, wat.AssertInvalid:
			default:
				continue
			}
			if c.Module == nil {
				continue
			}
			s := suiteModule{file: filepath.Base(path), line: c.Line, invalid: c.Kind == wat.AssertInvalid, text: c.Text, f: everything}
			if strings.Contains(path, "threads") {
				s.f = wasm.Wasm1 | wasm.Threads // what the proposal was made for
			}
			if c.Module.Form == wat.BinaryModule {
				s.bin = c.Module.Data
			} else if m, err := c.Module.Parse(); err != nil {
				t.Errorf("%s:%d: %v", s.file, s.line, err)
				continue
			} else {
				s.bin = wasm.Encode(m)
			}
			all = append(all, s)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestSuite holds the verdict on every module of the official test scripts to what
// the scripts say, and the error's text to theirs, from which WasmEdge's messages
// differ only in length.
func TestSuite(t *testing.T) {
	valid, invalid, loading := 0, 0, 0
	for _, s := range suite(t) {
		m, err := wasm.Decode(s.bin, s.f)
		if err == nil {
			_, err = validate.Module(m, s.f, validate.Options{})
		} else if s.invalid {
			loading++
		}
		switch {
		case s.invalid && err == nil:
			t.Errorf("%s:%d: an invalid module is accepted", s.file, s.line)
		case !s.invalid && err != nil:
			t.Errorf("%s:%d: a valid module is refused: %v", s.file, s.line, err)
		case s.invalid:
			invalid++
			code, _ := fault.CodeOf(err)
			if got := code.Message(); !strings.HasPrefix(got, s.text) && !strings.HasPrefix(s.text, got) {
				t.Errorf("%s:%d: got %q, want %q", s.file, s.line, got, s.text)
			}
		default:
			valid++
		}
	}
	t.Logf("%d valid modules accepted, %d invalid ones refused, %d of these by the decoder", valid, invalid, loading)
}
