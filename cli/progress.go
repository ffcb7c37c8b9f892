package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/legible"
)

const (
	progressAfter = time.Second
	progressEvery = 500 * time.Millisecond
	// compileRate is how many bytes of a module a core compiles in a second, about.
	// The engine does not tell how far it is.
	compileRate = 3 << 20
)

// progress is what tells a person at the terminal what is being done with the module
// in the file path, once that takes a while. Steps that follow each other take a while
// together.
func (p *Process) progress(path string) func(compat.Work) (done func()) {
	var began time.Time // of the first step
	return func(w compat.Work) (done func()) {
		if !term.IsTerminal(int(p.Stderr.Fd())) {
			return func() {}
		}
		if began.IsZero() {
			began = time.Now()
		}
		stop := make(chan struct{})
		var group sync.WaitGroup
		group.Go(func() { showProgress(p.Stderr, filepath.Base(path), w, progressAfter-time.Since(began), stop) })
		return func() {
			close(stop)
			group.Wait()
		}
	}
}

// showProgress shows on a terminal, after some time, that the step w with the module
// name is under way, until stop is closed.
func showProgress(terminal io.Writer, name string, w compat.Work, after time.Duration, stop <-chan struct{}) {
	began, shown := time.Now(), false
	for wait := after; ; wait = progressEvery {
		select {
		case <-time.After(wait):
			shown = true
			fmt.Fprintf(terminal, "\r\x1b[K%s", progressText(name, w, time.Since(began)))
		case <-stop:
			if shown {
				fmt.Fprint(terminal, "\r\x1b[K")
			}
			return
		}
	}
}

// progressText is what there is to tell of the step w some time after its beginning.
// Only of compiling is it known how long it may take.
func progressText(name string, w compat.Work, spent time.Duration) string {
	what := w.Step + " " + name
	if w.Size > 0 {
		what += fmt.Sprintf(": %s, %d functions", legible.Bytes(int64(w.Size)), w.Functions)
	}
	if w.Step != "compiling" {
		return what
	}
	expected := time.Duration(float64(w.Size) / compileRate / float64(runtime.GOMAXPROCS(0)) * float64(time.Second))
	return progressLine(what, w.Size, spent, expected)
}

// progressLine is the line after some time of the time that is expected for size
// bytes.
func progressLine(what string, size int, spent, expected time.Duration) string {
	left := "about to be done"
	if rest := (expected - spent).Round(time.Second); rest > 0 {
		left = fmt.Sprintf("about %v left", rest)
	}
	rate := int64(float64(size) / max(expected, spent).Seconds())
	return fmt.Sprintf("%s, %v at about %s/s, %s", what, spent.Round(time.Second), legible.Bytes(rate), left)
}
