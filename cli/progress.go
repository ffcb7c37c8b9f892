package cli

import (
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"golang.org/x/term"
)

const (
	progressAfter = time.Second
	progressEvery = 500 * time.Millisecond
	// compileRate is how many bytes of a module a core compiles in a second, about.
	// The engine does not tell how far it is.
	compileRate = 3 << 20
)

// progress is what tells a person at the terminal that the module in the file path
// is being compiled, once that takes a while.
func (p *Process) progress(path string) func(size, functions int) (done func()) {
	return func(size, functions int) (done func()) {
		if !term.IsTerminal(int(p.Stderr.Fd())) {
			return func() {}
		}
		began, stop := time.Now(), make(chan struct{})
		what := fmt.Sprintf("compiling %s: %s, %d functions", filepath.Base(path), bytesText(int64(size)), functions)
		expected := time.Duration(float64(size) / compileRate / float64(runtime.GOMAXPROCS(0)) * float64(time.Second))
		var group sync.WaitGroup
		group.Go(func() {
			shown := false
			for wait := progressAfter; ; wait = progressEvery {
				select {
				case <-time.After(wait):
					shown = true
					fmt.Fprintf(p.Stderr, "\r\x1b[K%s", progressLine(what, size, time.Since(began), expected))
				case <-stop:
					if shown {
						fmt.Fprint(p.Stderr, "\r\x1b[K")
					}
					return
				}
			}
		})
		return func() {
			close(stop)
			group.Wait()
		}
	}
}

// progressLine is the line after some time of the time that is expected for size
// bytes.
func progressLine(what string, size int, spent, expected time.Duration) string {
	left := "about to be done"
	if rest := (expected - spent).Round(time.Second); rest > 0 {
		left = fmt.Sprintf("about %v left", rest)
	}
	rate := int64(float64(size) / max(expected, spent).Seconds())
	return fmt.Sprintf("%s, %v at about %s/s, %s", what, spent.Round(time.Second), bytesText(rate), left)
}
