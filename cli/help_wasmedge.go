package cli

import (
	"io"
	"strings"

	"github.com/wazedge/wazedge/internal/legible"
)

// palette is the terminal sequences of a help text, and how wide wazedge's own is.
type palette struct {
	heading, name, reset string
	width                int
}

var (
	colours = palette{heading: "\x1b[33m", name: "\x1b[32m", reset: "\x1b[0m", width: legible.Screen}
	plain   = palette{width: legible.Screen}
)

// printHelp prints the help of the command that l selected.
func (p *Process) printHelp(l line) {
	var b strings.Builder
	if p.tool() == wazedge {
		writeHelp(&b, l, p.ownPalette())
	} else {
		writeWasmedgeHelp(&b, l, p.palette(true))
	}
	io.WriteString(p.out(), b.String())
}

// palette is the colours of a help text, none if the user objects.
func (p *Process) palette(wanted bool) palette {
	if !wanted || p.Getenv("NO_COLOR") != "" {
		return plain
	}
	return colours
}

// ownPalette is that of wazedge's help: without colours where no terminal is.
func (p *Process) ownPalette() palette {
	c := p.palette(p.colourful(p.Stdout))
	c.width = p.widthOf(p.Stdout)
	return c
}

// writeWasmedgeHelp writes the help of WasmEdge, to the byte: WasmEdge colours
// it also where no terminal is.
func writeWasmedgeHelp(b *strings.Builder, l line, c palette) {
	s := l.syntax
	b.WriteString(c.heading + "USAGE" + c.reset + "\n\t" + strings.Join(l.path, "\t") + usage(s) + "\n\n")
	if len(s.commands) > 0 {
		b.WriteString(c.heading + "SUBCOMMANDS" + c.reset + "\n")
		for _, child := range s.commands {
			b.WriteString("\t" + c.name + child.name + c.reset + "\n")
			wrap(b, child.wasmedge)
		}
		b.WriteString("\n")
	}
	b.WriteString(c.heading + "OPTIONS" + c.reset + "\n")
	item := func(names, text string) {
		b.WriteString("\t" + c.name + "\n" + names + c.reset + "\n")
		wrap(b, text)
	}
	item("-h|--help", "Show this help messages")
	if s.version != nil {
		item("-v|--version", "Show version information")
	}
	for _, row := range optionsOf(s.command.tools) {
		if row.help != "" {
			item("--"+row.name, row.help)
		}
	}
}

// usage is what follows the name of the command.
func usage(s *syntax) string {
	var b strings.Builder
	if len(s.commands) > 0 {
		b.WriteString(" [SUBCOMMANDS]")
	}
	b.WriteString(" [OPTIONS] [--]")
	if len(s.positionals) > 0 {
		b.WriteString(" " + placesFor(s))
	}
	return b.String()
}

// placesFor is the positional words of s as a usage text has them.
func placesFor(s *syntax) string {
	places := make([]string, len(s.positionals))
	for n, p := range s.positionals {
		if places[n] = p.metavar; p.many {
			places[n] = "[" + p.metavar + " ...]"
		}
	}
	return strings.Join(places, " ")
}

// wrap writes text in lines of at most 78 bytes behind two tabs, broken at
// spaces. A word that is longer has a line of its own.
func wrap(b *strings.Builder, text string) {
	const width = 78
	for len(text) > width {
		at := strings.LastIndexByte(text[:width+1], ' ')
		if at < 0 {
			if at = strings.IndexByte(text, ' '); at < 0 {
				break
			}
		}
		b.WriteString("\t\t" + text[:at] + "\n")
		text = strings.TrimLeft(text[at:], " ")
	}
	b.WriteString("\t\t" + text + "\n")
}
