package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/wazedge/wazedge/compat"
)

// TestEveryStepIsShown holds what is told of the steps with a module.
func TestEveryStepIsShown(t *testing.T) {
	for _, test := range []struct {
		work compat.Work
		want string
	}{
		{compat.Work{Step: "loading"}, "loading x.wasm"},
		{compat.Work{Step: "validating", Size: 3 << 20, Functions: 7}, "validating x.wasm: 3.0 MiB, 7 functions"},
		{compat.Work{Step: "compiling", Size: 3 << 20, Functions: 7}, "compiling x.wasm: 3.0 MiB, 7 functions, 9s at"},
	} {
		if got := progressText("x.wasm", test.work, 9*time.Second); !strings.HasPrefix(got, test.want) {
			t.Errorf("%+v: %q, want %q", test.work, got, test.want)
		}
	}
}

// TestStepsAreShownAndWiped shows a step at once and ends it when it has been seen.
func TestStepsAreShownAndWiped(t *testing.T) {
	stop := make(chan struct{})
	terminal := &firstWrite{seen: stop}
	showProgress(terminal, "x.wasm", compat.Work{Step: "lowering"}, 0, stop)
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

func TestProgressLine(t *testing.T) {
	for _, test := range []struct {
		spent, expected time.Duration
		want            string
	}{
		{2 * time.Second, 4 * time.Second, "x, 2s at about 1.0 MiB/s, about 2s left"},
		{8 * time.Second, 4 * time.Second, "x, 8s at about 512.0 KiB/s, about to be done"},
	} {
		if got := progressLine("x", 4<<20, test.spent, test.expected); got != test.want {
			t.Errorf("after %v of %v: %q, want %q", test.spent, test.expected, got, test.want)
		}
	}
}
