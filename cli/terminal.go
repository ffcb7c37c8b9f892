package cli

import (
	"os"
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
