package cli

import (
	"fmt"
	"io"
	"strings"
)

// printManual prints the manual page in roff, for man(1).
func printManual(p *Process, _ line) int {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH WAZEDGE 1 \"\" \"wazedge %s\" \"User Commands\"\n", ownVersion())
	b.WriteString(".SH NAME\nwazedge, wasmedge, wasmedgec \\- run and prepare WebAssembly modules\n")
	b.WriteString(".SH SYNOPSIS\n.B wazedge\n[OPTIONS] [\\-\\-] WASM_OR_SO [ARG ...]\n.br\n.B wazedge\nCOMMAND ...\n")
	b.WriteString(roffParagraphs(manualDescription))
	b.WriteString(".SH COMMANDS\n")
	for _, c := range ownCommands() {
		fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", roff(c.name), roff(c.brief))
		for _, sub := range c.children {
			fmt.Fprintf(&b, ".TP\n.B %s %s\n%s\n", roff(c.name), roff(sub.name), roff(sub.brief))
		}
	}
	b.WriteString(".SH OPTIONS\n")
	for g := range groups {
		fmt.Fprintf(&b, ".SS %s\n", roff(groups[g].heading))
		seen := map[string]bool{}
		for _, row := range optionsOf(^tools(0)) {
			if row.group != group(g) || seen[row.name] {
				continue
			}
			seen[row.name] = true
			fmt.Fprintf(&b, ".TP\n.B %s\n", roff("--"+row.name))
			if row.takesValue() {
				fmt.Fprintf(&b, ".I %s\n.br\n", roff(row.metavar))
			}
			b.WriteString(roff(row.brief) + "\n")
		}
	}
	b.WriteString(roffParagraphs(manualEnd))
	io.WriteString(p.out(), b.String())
	return statusOK
}

// The prose of the manual. A line "# X" is a heading, "- X: Y" an entry.
const (
	manualDescription = `# DESCRIPTION
wazedge runs WebAssembly modules as the wasmedge command of WasmEdge does. Called as wasmedge or wasmedgec, through a link, its options, messages and exit statuses are those of WasmEdge.
A module that exports _start is a command: _start is run, and the ARGs are its arguments. Any other module is a reactor, as is every module under --reactor: the first ARG names an exported function, the others are its arguments, and its results are printed one a line. A reactor's _initialize is called first.
The value of an option is the next word, or follows a =. A value that starts with a dash has to follow a =. Options end at the first word that is none, or at --.
`
	manualEnd = `# EXIT STATUS
- 0: the module ran, or its own status
- 1: nothing was executed: the command line, the file, the module or an argument is wrong
- 70: an error of wazedge itself
- 130, 141, 143: interrupted, closed pipe, terminated
- 134: execution was aborted: a trap, or a limit that was exceeded
# ENVIRONMENT
- NO_COLOR: no colours, if not empty
- WAZEDGE_CACHE_DIR: as --cache-dir
- WAZEDGE_TRUST_DIR: the directory of the key by which code that is kept is told to be genuine, and of the keys that are trusted
- WAZEDGE_LOG_STREAM: as --log-stream
# EXAMPLES
- wazedge --dir .:data app.wasm in.txt: run a program that sees the directory data as its own
- wazedge --reactor fib.wasm fib 24: call a function
- wazedge --time-limit 500 --gas-limit 1000000 app.wasm: run a program with limits
# NOTES
Log lines go to standard output, as WasmEdge's do; --log-stream stderr keeps standard output to the guest and its results.
`
)

// roffParagraphs is prose in the notation of [manualDescription].
func roffParagraphs(text string) string {
	var b strings.Builder
	for l := range strings.Lines(text) {
		l = strings.TrimSuffix(l, "\n")
		if heading, ok := strings.CutPrefix(l, "# "); ok {
			b.WriteString(".SH " + roff(heading) + "\n")
		} else if entry, ok := strings.CutPrefix(l, "- "); ok {
			at := strings.LastIndex(entry, ": ")
			b.WriteString(".TP\n.B " + roff(entry[:at]) + "\n" + roff(entry[at+2:]) + "\n")
		} else {
			b.WriteString(roff(l) + "\n.PP\n")
		}
	}
	return b.String()
}

// roff protects what text has of roff's own notation.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		return `\&` + text
	}
	return text
}
