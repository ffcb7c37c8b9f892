package validate_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wasm/validate"
)

// shared is a place in the directory of recorded runs and official tests, or skips
// the test.
func shared(t testing.TB, place string) string {
	dir := os.Getenv("WAZEDGE_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "shared")
	}
	path := filepath.Join(dir, place)
	if _, err := os.Stat(path); err != nil {
		t.Skip("not there: ", err)
	}
	return path
}

// flags are the command's options that decide on proposals, in the order that the
// real command applies them.
var flags = []struct {
	name string
	set  func(wasm.Features) wasm.Features
}{
	{"--wasm-1", func(wasm.Features) wasm.Features { return wasm.Wasm1 }},
	{"--wasm-2", func(wasm.Features) wasm.Features { return wasm.Wasm2 }},
	{"--wasm-3", func(wasm.Features) wasm.Features { return wasm.Wasm3 }},
	{"--disable-multi-value", func(f wasm.Features) wasm.Features { return f.Without(wasm.MultiValue) }},
	{"--enable-tail-call", func(f wasm.Features) wasm.Features { return f.With(wasm.TailCall) }},
	{"--enable-multi-memory", func(f wasm.Features) wasm.Features { return f.With(wasm.MultiMemory) }},
	{"--enable-threads", func(f wasm.Features) wasm.Features { return f.With(wasm.Threads) }},
	{"--enable-all", func(wasm.Features) wasm.Features { return wasm.Wasm3 | wasm.Threads }},
}

// text is err as the real command logs it.
func text(err error) string {
	var e *fault.Error
	if !errors.As(err, &e) {
		return ""
	}
	return strings.Join(append([]string{e.Code.Error()}, e.Info...), "\n    ")
}

// TestRecordedValidationErrors compares with the recorded runs of modules that the
// real command loads: whether and how they fail to validate.
func TestRecordedValidationErrors(t *testing.T) {
	dir := shared(t, "golden")
	b, err := os.ReadFile(filepath.Join(dir, "cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var runs []struct {
		ID     string   `json:"id"`
		Argv   []string `json:"argv"`
		Stdout string   `json:"stdout"`
	}
	if err := json.Unmarshal(b, &runs); err != nil {
		t.Fatal(err)
	}
	invalid := 0
	for _, run := range runs {
		if strings.Contains(run.Stdout, "loading failed") || slices.Contains(run.Argv, "off") {
			continue
		}
		line := " " + strings.Join(run.Argv, " ") + " "
		f := wasm.Wasm3
		for _, flag := range flags {
			if strings.Contains(line, " "+flag.name+" ") {
				f = flag.set(f)
			}
		}
		var bin []byte
		for _, a := range run.Argv {
			if strings.HasPrefix(a, "guests/") && bin == nil {
				bin, _ = os.ReadFile(filepath.Join(dir, a))
			}
		}
		m, err := wasm.Decode(bin, f)
		if err != nil {
			continue
		}
		var want []string
		for l := range strings.Lines(run.Stdout) {
			l = strings.TrimSuffix(l, "\n")
			if strings.Contains(l, "validation failed") || len(want) > 0 && strings.HasPrefix(l, "[TIME] [error]     ") {
				want = append(want, strings.TrimPrefix(l, "[TIME] [error] "))
			}
		}
		if len(want) > 0 {
			invalid++
		}
		_, err = validate.Module(m, f, validate.Options{})
		if got := text(err); got != strings.Join(want, "\n") {
			t.Errorf("%s: got\n%s\nwant\n%s", run.ID, got, strings.Join(want, "\n"))
		}
	}
	t.Logf("%d runs of invalid modules", invalid)
}
