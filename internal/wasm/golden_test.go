package wasm_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// shared is the directory of the recorded runs, or skips the test.
func shared(t testing.TB) string {
	dir := os.Getenv("WAZEDGE_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	if _, err := os.Stat(filepath.Join(dir, "golden", "cases.json")); err != nil {
		t.Skip("the recorded runs are not there: ", err)
	}
	return dir
}

// recorded is a recorded run of the real command.
type recorded struct {
	ID     string            `json:"id"`
	Argv   []string          `json:"argv"`
	Stdout string            `json:"stdout"`
	Files  map[string]string `json:"files"`
}

func recordedRuns(t testing.TB) []recorded {
	b, err := os.ReadFile(filepath.Join(shared(t), "golden", "cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var runs []recorded
	if err := json.Unmarshal(b, &runs); err != nil {
		t.Fatal(err)
	}
	return runs
}

// guest is the module that a run names, and the proposals that it runs under.
func (r recorded) guest(t testing.TB) ([]byte, wasm.Features, bool) {
	var flags []string
	for _, a := range r.Argv {
		if strings.HasPrefix(a, "--") || a == "compile" {
			flags = append(flags, a)
			continue
		}
		if text, ok := r.Files[a]; ok {
			return []byte(text), features(flags), true
		}
		if strings.HasPrefix(a, "guests/") {
			b, err := os.ReadFile(filepath.Join(shared(t), "golden", a))
			return b, features(flags), err == nil
		}
	}
	return nil, 0, false
}

// features applies the flags in the order in which the real command does.
func features(flags []string) wasm.Features {
	f := wasm.Wasm3
	has := func(flag string) bool {
		for _, x := range flags {
			if x == flag {
				return true
			}
		}
		return false
	}
	for _, s := range []struct {
		flag string
		f    wasm.Features
	}{{"--wasm-1", wasm.Wasm1}, {"--wasm-2", wasm.Wasm2}, {"--wasm-3", wasm.Wasm3}} {
		if has(s.flag) {
			f = s.f
		}
	}
	names := []struct {
		name string
		f    wasm.Features
	}{
		{"import-export-mut-globals", wasm.MutableGlobals}, {"non-trap-float-to-int", wasm.NonTrapFloatToInt},
		{"sign-extension-operators", wasm.SignExtension}, {"multi-value", wasm.MultiValue},
		{"bulk-memory", wasm.BulkMemory}, {"simd", wasm.SIMD}, {"tail-call", wasm.TailCall},
		{"extended-const", wasm.ExtendedConst}, {"multi-memory", wasm.MultiMemory},
		{"relaxed-simd", wasm.RelaxedSIMD}, {"exception-handling", wasm.ExceptionHandling},
		{"memory64", wasm.Memory64}, {"gc", wasm.GC}, {"function-reference", wasm.FunctionReferences},
		{"reference-types", wasm.ReferenceTypes}, {"threads", wasm.Threads}, {"component", wasm.ComponentModel},
	}
	for _, n := range names {
		if has("--disable-" + n.name) {
			f = f.Without(n.f)
		}
	}
	for _, n := range names {
		if has("--enable-" + n.name) {
			f = f.With(n.f)
		}
	}
	if has("compile") {
		f = f.Without(wasm.ExceptionHandling)
	}
	return f
}

// load is what the real command's loader does: decode, bodies included.
func load(bin []byte, f wasm.Features) error {
	m, err := wasm.Decode(bin, f)
	if err != nil {
		return err
	}
	return m.CheckBodies(f)
}

// log is err as the real command logs it, without the lines that know of files.
func log(err error) string {
	var e *fault.Error
	if !errors.As(err, &e) {
		return ""
	}
	lines := append(e.Preface[:len(e.Preface):len(e.Preface)], e.Code.Error())
	for _, i := range e.Info {
		lines = append(lines, "    "+i)
	}
	return strings.Join(lines, "\n")
}

// TestRecordedLoadErrors compares with every recorded run whether and how its
// module fails to load.
func TestRecordedLoadErrors(t *testing.T) {
	for _, run := range recordedRuns(t) {
		bin, f, ok := run.guest(t)
		if !ok || wasm.IsComponent(bin) || strings.Contains(run.Stdout, "invalid path") {
			continue
		}
		var lines []string
		loading := false
		for line := range strings.Lines(run.Stdout) {
			line = strings.TrimPrefix(strings.TrimSuffix(line, "\n"), "[TIME] [error] ")
			loading = loading || strings.HasPrefix(line, "loading failed")
			if strings.HasPrefix(line, "    File name") {
				break
			}
			if strings.HasPrefix(line, "Parse Module failed") {
				break // the compiler's own line
			}
			if strings.HasPrefix(line, "Might an invalid") || loading {
				lines = append(lines, line)
			}
		}
		want := strings.Join(lines, "\n")
		if !loading {
			want = ""
		}
		if strings.Contains(strings.Join(run.Argv, " "), "--log-level off") {
			continue
		}
		if got := log(load(bin, f)); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", run.ID, got, want)
		}
	}
}
