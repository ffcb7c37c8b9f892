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
		group.Go(func() {
			showProgress(p.Stderr, p.terminalWidth, filepath.Base(path), w, progressAfter-time.Since(began), stop)
		})
		return func() {
			close(stop)
			group.Wait()
		}
	}
}

// showProgress shows on a terminal, after some time, that the step w with the module
// name is under way, until stop is closed: in one line, of the width that the terminal has
// at the time.
func showProgress(terminal io.Writer, width func() int, name string, w compat.Work, after time.Duration, stop <-chan struct{}) {
	began, shown := time.Now(), false
	for wait := after; ; wait = progressEvery {
		select {
		case <-time.After(wait):
			shown = true
			fmt.Fprintf(terminal, "\r\x1b[K%s", progressText(width()-1, name, w, time.Since(began)))
		case <-stop:
			if shown {
				fmt.Fprint(terminal, "\r\x1b[K")
			}
			return
		}
	}
}

// progressText is what there is to tell, in columns characters, of the step w some time
// after its beginning. Only of compiling is it known how long it may take. What is too long
// is left out of the name, then at the end.
func progressText(columns int, name string, w compat.Work, spent time.Duration) string {
	text := ""
	if w.Size > 0 {
		text = " " + legible.Bytes(int64(w.Size))
	}
	if w.Step == "compiling" {
		text += fmt.Sprintf(", %s, %s", seconds(spent), timeLeft(w.Size, spent))
	}
	const leastName = 8
	room := columns - len(w.Step) - 1 - len(text)
	return legible.Cut(w.Step+" "+legible.Cut(name, max(room, leastName))+text, max(columns, leastName))
}

// timeLeft says how long compiling size bytes may still take.
func timeLeft(size int, spent time.Duration) string {
	expected := time.Duration(float64(size) / compileRate / float64(runtime.GOMAXPROCS(0)) * float64(time.Second))
	if rest := (expected - spent).Round(time.Second); rest > 0 {
		return "about " + seconds(rest) + " left"
	}
	return "about to be done"
}

// seconds is a time in whole seconds, and minutes where it is long.
func seconds(d time.Duration) string {
	n := int(d.Round(time.Second) / time.Second)
	if n < 120 {
		return fmt.Sprintf("%d s", n)
	}
	return fmt.Sprintf("%d min %d s", n/60, n%60)
}
