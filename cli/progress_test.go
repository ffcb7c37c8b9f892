package cli

import (
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/legible"
)

// TestProgressText holds what is told of the steps with a module, on a terminal of some
// columns: one line of it.
func TestProgressText(t *testing.T) {
	// What is expected to compile in eight seconds, on as many cores as there are.
	big := compat.Work{Step: "compiling", Size: 8 * compileRate * runtime.GOMAXPROCS(0)}
	size := legible.Bytes(int64(big.Size))
	for _, c := range []struct {
		columns int
		name    string
		work    compat.Work
		spent   time.Duration
		want    string
	}{
		{79, "x.wasm", compat.Work{Step: "loading"}, 0, "loading x.wasm"},
		{79, "x.wasm", compat.Work{Step: "validating", Size: 3 << 20, Functions: 7}, 0, "validating x.wasm 3.0 MiB"},
		{79, "x.wasm", big, 3 * time.Second, "compiling x.wasm " + size + ", 3 s, about 5 s left"},
		{79, "x.wasm", big, 9 * time.Second, "compiling x.wasm " + size + ", 9 s, about to be done"},
		{79, "x.wasm", big, 150 * time.Second, "compiling x.wasm " + size + ", 2 min 30 s, about to be done"},
		{30 + len(size) + 12, "a-very-long-name.wasm", big, 3 * time.Second, "compiling a-very-lo… " + size + ", 3 s, about 5 s left"},
		{20, "a-very-long-name.wasm", big, 3 * time.Second, "compiling a-very-… …"},
		{79, "a\x1b[31m.wasm", compat.Work{Step: "loading"}, 0, `loading a\x1b[31m.wasm`},
	} {
		got := progressText(c.columns, c.name, c.work, c.spent)
		if n := utf8.RuneCountInString(got); n > c.columns {
			t.Errorf("%d columns: %q has %d", c.columns, got, n)
		}
		if got != c.want && c.columns > 20 {
			t.Errorf("%d columns, %+v after %v: %q, want %q", c.columns, c.work, c.spent, got, c.want)
		}
	}
}

// TestStepsAreShownAndWiped shows a step at once and ends it when it has been seen.
func TestStepsAreShownAndWiped(t *testing.T) {
	stop := make(chan struct{})
	terminal := &firstWrite{seen: stop}
	showProgress(terminal, func() int { return 80 }, "x.wasm", compat.Work{Step: "lowering"}, 0, stop)
	if got, want := terminal.String(), "\r\x1b[Klowering x.wasm\r\x1b[K"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// firstWrite closes seen at the first write.
type firstWrite struct {
	strings.Builder
	seen chan struct{}
}

func (w *firstWrite) Write(b []byte) (int, error) {
	if w.Len() == 0 {
		close(w.seen)
	}
	return w.Builder.Write(b)
}
