package validate_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/component/validate"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// suite is where the official scripts are, if they are there.
func suite(t *testing.T) string {
	shared := os.Getenv("WAZEDGE_SHARED")
	if shared == "" {
		shared = "../../../../shared"
	}
	dir := filepath.Join(shared, "component-model", "test")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no official scripts: ", err)
	}
	return dir
}

func TestOfficialScripts(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(suite(t), "*", "*.wast"))
	for _, file := range files {
		if strings.Contains(file, "/async/") {
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			script, err := wat.ParseScript(src)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range script.Commands {
				if c.Module == nil || !c.Module.Component {
					continue
				}
				_, err := check(c.Module)
				switch c.Kind {
				case wat.AssertInvalid, wat.AssertMalformed:
					if err == nil {
						t.Errorf("line %d: passed, want %q", c.Line, c.Text)
					} else if testing.Verbose() && !strings.Contains(err.Error(), c.Text) {
						t.Logf("line %d: %v, want %q", c.Line, err, c.Text)
					}
				default:
					if err != nil {
						t.Errorf("line %d: %v", c.Line, err)
					}
				}
			}
		})
	}
}

func check(m *wat.ModuleSource) (*validate.Result, error) {
	c, err := m.ParseComponent()
	if err != nil {
		return nil, err
	}
	return validate.Component(c, validate.Options{Features: wasm.Wasm3 | wasm.Threads, Workers: 1})
}
