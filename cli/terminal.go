package cli

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/term"

	"github.com/wazedge/wazedge/internal/legible"
)

// colourTerminals are parts of the values of TERM for which WasmEdge's log
// library writes colours.
var colourTerminals = [...]string{
	"alacritty", "ansi", "color", "console", "cygwin", "gnome", "konsole", "kterm",
	"linux", "msys", "putty", "rxvt", "screen", "vt100", "vt102", "xterm",
}

// colourful reports whether f is a terminal that shows colours, and the user
// does not object (https://no-color.org).
func (p *Process) colourful(f *os.File) bool {
	if p.Getenv("NO_COLOR") != "" || !term.IsTerminal(int(f.Fd())) {
		return false
	}
	if p.Getenv("COLORTERM") != "" {
		return true
	}
	for _, t := range colourTerminals {
		if strings.Contains(p.Getenv("TERM"), t) {
			return true
		}
	}
	return false
}

// The widths that texts are made for.
const (
	leastWidth = 40
	mostWidth  = 100 // longer lines are hard to read
)

// widthOf is how many characters a line of a text on f may have: those of the terminal,
// or of COLUMNS, or 80.
func (p *Process) widthOf(f *os.File) int {
	if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
		return min(max(w, leastWidth), mostWidth)
	}
	if n, err := strconv.Atoi(p.Getenv("COLUMNS")); err == nil && n > 0 {
		return min(max(n, leastWidth), mostWidth)
	}
	return legible.Screen
}

// terminalWidth is how many characters a line of the terminal has that standard error is.
func (p *Process) terminalWidth() int {
	if w, _, err := term.GetSize(int(p.Stderr.Fd())); err == nil && w > 0 {
		return w
	}
	return legible.Screen
}
