package cli

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/term"
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

// The widths of a terminal that texts are made for.
const (
	usualWidth = 80
	leastWidth = 40
	mostWidth  = 100 // longer lines are hard to read
)

// width is how many characters a line of what is said on standard error may have.
func (p *Process) width() int { return p.widthOf(p.Stderr) }

// widthOf is how many characters a line of a text on f may have: those of the terminal,
// or of COLUMNS, or 80.
func (p *Process) widthOf(f *os.File) int {
	n, err := strconv.Atoi(p.Getenv("COLUMNS"))
	if w, _, termErr := term.GetSize(int(f.Fd())); termErr == nil && w > 0 {
		n, err = w, nil
	}
	if err != nil || n <= 0 {
		return usualWidth
	}
	return min(max(n, leastWidth), mostWidth)
}
