package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wazedge/wazedge/cli/suggest"
	"github.com/wazedge/wazedge/internal/legible"
)

// oftenUsed are the options that the short help shows.
var oftenUsed = []string{"reactor", "dir", "env", "time-limit", "gas-limit", "memory-page-limit", "enable-all-statistics", "log-level"}

// writeHelp writes wazedge's own help of the command that l selected: for the
// program itself what is used most, for a command all that it takes.
func writeHelp(b *strings.Builder, l line, c palette) {
	s := l.syntax
	program := filepath.Base(l.path[0])
	name := strings.Join(append([]string{program}, l.path[1:]...), " ")
	if len(s.commands) == 0 || len(l.path) > 1 {
		writeCommandHelp(b, s, program, name, c)
		return
	}
	c.fold(b, "wazedge runs WebAssembly modules as WasmEdge's wasmedge "+wasmedgeVersion+" does.", 0)
	fmt.Fprintf(b, "\n%sUsage%s\n", c.heading, c.reset)
	fmt.Fprintf(b, "  %s [OPTIONS] FILE.wasm [ARG ...]\n  %s COMMAND ...\n\n%sCommands%s\n", name, name, c.heading, c.reset)
	writeCommands(b, s, c)
	fmt.Fprintf(b, "\n%sOptions used most%s\n", c.heading, c.reset)
	for _, row := range optionsOf(toolRun) {
		if slices.Contains(oftenUsed, row.name) {
			writeOption(b, row, c)
		}
	}
	fmt.Fprintf(b, "\n%sExamples%s\n", c.heading, c.reset)
	for _, example := range []string{"hello.wasm", "--dir . copy.wasm in.txt out.txt", "fib.wasm fib 24", "--time-limit 2s --allow-net example.org:443 get.wasm"} {
		c.fold(b, "  "+name+" "+example, 6)
	}
	fmt.Fprintf(b, "\n%sMore%s\n", c.heading, c.reset)
	c.fold(b, "  "+name+" help COMMAND, or one of "+orList(groupNames()), 4)
	c.fold(b, "  "+name+" man, for the manual", 4)
}

// writeCommandHelp writes the help of one command, called name.
func writeCommandHelp(b *strings.Builder, s *syntax, program, name string, c palette) {
	c.fold(b, c.name+name+c.reset+": "+s.command.brief, 2)
	fmt.Fprintf(b, "\n%sUsage%s\n", c.heading, c.reset)
	if len(s.commands) > 0 {
		fmt.Fprintf(b, "  %s COMMAND ...\n\n%sCommands%s\n", name, c.heading, c.reset)
		writeCommands(b, s, c)
		return
	}
	c.fold(b, "  "+name+usage(s), 6)
	if s.command.sample != "" {
		fmt.Fprintf(b, "\n%sExample%s\n", c.heading, c.reset)
		c.fold(b, "  "+name+" "+s.command.sample, 6)
	}
	for g := range groups {
		if group(g) != groupProposals && group(g) != groupDeprecated {
			writeGroup(b, group(g), s.command.tools, c)
		}
	}
	if s.command.tools&toolsModule != 0 {
		fmt.Fprintf(b, "\nStandards and proposals: %s help proposals\n", program)
	}
}

func writeCommands(b *strings.Builder, s *syntax, c palette) {
	for _, child := range s.commands {
		c.item(b, child.name, child.brief, 13)
	}
}

// writeGroup writes the options of one group that the tools have, under its
// heading; nothing if there are none. An option that several tools have stands once.
func writeGroup(b *strings.Builder, g group, t tools, c palette) {
	heading := fmt.Sprintf("\n%s%s%s\n", c.heading, groups[g].heading, c.reset)
	seen := map[string]bool{}
	for _, row := range optionsOf(t) {
		if row.group == g && !seen[row.name] {
			seen[row.name] = true
			b.WriteString(heading)
			heading = ""
			writeOption(b, row, c)
		}
	}
}

// writeOption writes one option.
func writeOption(b *strings.Builder, row *option, c palette) {
	names := "--" + row.name
	if row.takesValue() {
		names += " " + row.metavar
	}
	c.item(b, names, row.brief, 30)
}

// narrow is the width below which texts stand below what they are of.
const narrow = 60

// item writes a name and its text: beside it, from column on, if there is room.
func (c palette) item(b *strings.Builder, name, text string, column int) {
	b.WriteString("  " + c.name + name + c.reset)
	at := 2 + len(name)
	if c.width < narrow {
		column = 4
	} else {
		column += 2
	}
	if at < column {
		b.WriteString(strings.Repeat(" ", column-at))
	} else {
		b.WriteString("\n" + strings.Repeat(" ", column))
	}
	b.WriteString(legible.FoldTo(c.width, text, column, column) + "\n")
}

// fold writes a text, of which the lines behind the first are indented.
func (c palette) fold(b *strings.Builder, text string, indent int) {
	b.WriteString(legible.FoldTo(c.width, text, 0, indent) + "\n")
}

func groupNames() []string {
	names := make([]string, len(groups))
	for i, g := range groups {
		names[i] = g.name
	}
	return names
}

// printHelpTopic prints the help of a command or of a group of options; without
// a topic that of the program.
func printHelpTopic(p *Process, l line) int {
	var version toggle
	root := p.syntax(&version)
	topic := line{syntax: root, path: l.path[:1]}
	c := p.ownPalette()
	var b strings.Builder
	if len(l.words) == 1 {
		if g := slices.Index(groupNames(), l.words[0]); g >= 0 {
			writeGroup(&b, group(g), ^tools(0), c)
			io.WriteString(p.out(), strings.TrimPrefix(b.String(), "\n"))
			return statusOK
		}
	}
	for _, word := range l.words {
		child := topic.syntax.child(word)
		if child == nil {
			if meant, ok := suggest.Nearest(word, append(groupNames(), commandWords(topic.syntax.commands)...)); ok {
				return p.fail(fmt.Sprintf("no help on %q; did you mean %s?", word, meant))
			}
			return p.fail(fmt.Sprintf("no help on %q; topics are %s and the commands", word, strings.Join(groupNames(), ", ")))
		}
		topic = line{syntax: child, path: append(topic.path, word)}
	}
	writeHelp(&b, topic, c)
	io.WriteString(p.out(), b.String())
	return statusOK
}
