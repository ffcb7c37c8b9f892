package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
)

// oftenUsed are the options that the short help shows.
var oftenUsed = []string{"reactor", "dir", "env", "time-limit", "gas-limit", "memory-page-limit", "enable-all-statistics", "log-level"}

// writeHelp writes wazedge's own help of the command that l selected: for the
// program itself what is used most, for a command all that it takes.
func writeHelp(b *strings.Builder, l line, c palette) {
	s := l.syntax
	program := filepath.Base(l.path[0])
	name := strings.Join(append([]string{program}, l.path[1:]...), " ")
	if len(s.commands) == 0 {
		fmt.Fprintf(b, "%s%s%s: %s\n\n%sUsage%s\n  %s%s\n", c.name, name, c.reset, s.command.brief, c.heading, c.reset, name, usage(s))
		for g := range groups {
			if group(g) != groupProposals && group(g) != groupDeprecated {
				writeGroup(b, group(g), s.command.tools, c)
			}
		}
		if s.command.tools&toolsModule != 0 {
			fmt.Fprintf(b, "\nStandards and proposals: %s help proposals\n", program)
		}
		return
	}
	if len(l.path) > 1 {
		fmt.Fprintf(b, "%s%s%s: %s\n\n%sUsage%s\n  %s COMMAND ...\n\n%sCommands%s\n", c.name, name, c.reset, s.command.brief, c.heading, c.reset, name, c.heading, c.reset)
		writeCommands(b, s, c)
		return
	}
	fmt.Fprintf(b, "wazedge runs WebAssembly modules as WasmEdge's wasmedge %s does.\n\n%sUsage%s\n", wasmedgeVersion, c.heading, c.reset)
	fmt.Fprintf(b, "  %s [OPTIONS] FILE.wasm [ARG ...]\n  %s COMMAND ...\n\n%sCommands%s\n", name, name, c.heading, c.reset)
	writeCommands(b, s, c)
	fmt.Fprintf(b, "\n%sOptions used most%s\n", c.heading, c.reset)
	for _, row := range optionsOf(toolRun) {
		if slices.Contains(oftenUsed, row.name) {
			writeOption(b, row, c)
		}
	}
	fmt.Fprintf(b, "\n%sMore%s\n", c.heading, c.reset)
	fmt.Fprintf(b, "  %s help %s\n", name, strings.Join(groupNames(), "|"))
	fmt.Fprintf(b, "  %s help COMMAND, %s man\n", name, name)
}

func writeCommands(b *strings.Builder, s *syntax, c palette) {
	for _, child := range s.commands {
		fmt.Fprintf(b, "  %s%-12s%s %s\n", c.name, child.name, c.reset, child.brief)
	}
}

// writeGroup writes the options of one group that the tools have, under its
// heading; nothing if there are none.
func writeGroup(b *strings.Builder, g group, t tools, c palette) {
	heading := fmt.Sprintf("\n%s%s%s\n", c.heading, groups[g].heading, c.reset)
	for _, row := range optionsOf(t) {
		if row.group == g {
			b.WriteString(heading)
			heading = ""
			writeOption(b, row, c)
		}
	}
}

// writeOption writes one option in one line, in two if its name is long.
func writeOption(b *strings.Builder, row *option, c palette) {
	const column = 30
	names := "--" + row.name
	if row.takesValue() {
		names += " " + row.metavar
	}
	gap := "\n" + strings.Repeat(" ", column+2)
	if len(names) < column {
		gap = strings.Repeat(" ", column-len(names))
	}
	fmt.Fprintf(b, "  %s%s%s%s%s\n", c.name, names, c.reset, gap, row.brief)
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
	c := p.palette(p.colourful(p.Stdout))
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
			return p.fail(fmt.Sprintf("no help on %q; topics are %s and the commands", word, strings.Join(groupNames(), ", ")))
		}
		topic = line{syntax: child, path: append(topic.path, word)}
	}
	writeHelp(&b, topic, c)
	io.WriteString(p.out(), b.String())
	return statusOK
}
