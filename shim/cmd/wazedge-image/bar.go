package main

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"
)

// bar shows on a terminal how far something has got that takes more than a moment.
type bar struct {
	what  string
	shown bool

	mu    sync.Mutex
	begun time.Time
	last  time.Time
}

func newBar(what string) *bar { return &bar{what: what, begun: time.Now()} }

// The times of a bar: before it appears, and between its changes.
const (
	patience = time.Second
	interval = 100 * time.Millisecond
	width    = 20
)

func (b *bar) progress(done, total int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if total <= 0 || now.Sub(b.begun) < patience || now.Sub(b.last) < interval || !term.IsTerminal(int(os.Stderr.Fd())) {
		return
	}
	b.last, b.shown = now, true
	filled := int(done * width / total)
	fmt.Fprintf(os.Stderr, "\r%s [%s%s] %d of %d KiB", b.what, strings.Repeat("#", filled), strings.Repeat(".", width-filled), done>>10, total>>10)
}

// end removes the bar.
func (b *bar) end() {
	if b.shown {
		fmt.Fprint(os.Stderr, "\r\x1b[K")
	}
}
