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
			if row.takesValue() {
				fmt.Fprintf(&b, ".TP\n.BI \"%s \" \"%s\"\n", roff("--"+row.name), roff(row.metavar))
			} else {
				fmt.Fprintf(&b, ".TP\n.B %s\n", roff("--"+row.name))
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
- 0: the module ran; a program may end with a status of its own
- 1: nothing was executed: the command line, the file, the module or an argument is wrong, or something cannot be written
- 70: an error of wazedge itself, which is to be reported
- 134: execution was aborted: by a trap, a limit that was exceeded, or arguments that do not fit
- 128 and more: a signal has ended the process, as that of any program: 130 from the keyboard, 141 as nobody reads its output, 143 by request
What a program gives to proc_exit is cut to 8 bits. wazedge explain STATUS says more.
# ENVIRONMENT
- NO_COLOR: no colours, if not empty
- COLUMNS: how wide the help is, where it is not written to a terminal
- WAZEDGE_CACHE_DIR: as --cache-dir
- WAZEDGE_COLD_START: as --cold-start
- WAZEDGE_OPTIMIZE: 2 or 3 has modules that are compiled when they are run optimized at once, 0 or 1 has none optimized behind a run
- WAZEDGE_GUARDS: off has such code compare addresses, where pages that nobody may touch would do
- WAZEDGE_TRUST_DIR: the directory of the key by which code that is kept is told to be genuine, and of the keys that are trusted
- WAZEDGE_LOG_STREAM: as --log-stream
- WAZEDGE: if not empty, wasmedge --version, wasmedgec --version and their logs of level debug say that they are wazedge
The guest sees no variable but those of --env, --env-file and --inherit-env.
# FILES
- FILE.wasm: a module in the binary format
- FILE.wat: a module in the text format
- -: standard input, for all commands that read a module
- ~/.cache/wazedge: modules as they were prepared, bounded by --cache-size; on macOS ~/Library/Caches/wazedge, on Windows %LocalAppData%\wazedge
- ~/.config/wazedge: the user's key, and the keys that are trusted; on macOS ~/Library/Application Support/wazedge, on Windows %AppData%\wazedge
A module may begin with a line that tells the system to run it by wazedge: #!/usr/bin/env wazedge.
# SECURITY
A guest reaches no files but those beneath the directories of --dir, and reads there only what the mode of its mapping allows; neither links nor .. lead out of them. It reaches no network but the addresses of --allow-net; called as wasmedge, all of it unless --allow-net or --deny-net is given, as in WasmEdge. It sees no variables of this process unless they are given to it, and starts no programs.
Machine code that a file brings along, or that is in the cache, is executed only if this user's key, or one that the user trusts, vouches for it. Whoever may write to these directories may run what he likes: map neither your home directory nor /.
What a guest takes is bounded only if that is asked for: see the limits above.
# EXAMPLES
- wazedge hello.wasm: run a program
- wazedge --dir .:data app.wasm in.txt: run one that sees the directory data as its own
- wazedge --dir /:. app.wasm in.txt: the same for a program that was built by Go
- wazedge --reactor fib.wasm fib 24: call a function
- wazedge --time-limit 2s --gas-limit 10M --max-memory 256MiB app.wasm: run a program with limits
- wazedge --env-file .env --allow-net example.org:443 app.wasm: run a program with variables and one address of the network
- wazedge compile app.wasm fast.wasm: make a module that starts at once and runs everywhere
- wazedge completion bash > ~/.local/share/bash-completion/completions/wazedge: complete command lines
# NOTES
Log lines go to standard output, as WasmEdge's do; --log-stream stderr keeps standard output to the guest and its results. What wazedge says beside the log goes to standard error.
# SEE ALSO
The documentation at https://github.com/wazedge/wazedge: docs/QUICKSTART.md to begin with, docs/DIFFERENCES.md for where wasmedge and this differ, SECURITY.md for what is promised. wasm-tools(1), wat2wasm(1)
`
)

// roffParagraphs is prose in the notation of [manualDescription].
func roffParagraphs(text string) string {
	var b strings.Builder
	first := false // a heading stands in front of it
	for l := range strings.Lines(text) {
		l = strings.TrimSuffix(l, "\n")
		begins := first
		first = false
		if heading, ok := strings.CutPrefix(l, "# "); ok {
			b.WriteString(".SH " + roff(heading) + "\n")
			first = true
		} else if entry, ok := strings.CutPrefix(l, "- "); ok {
			name, text, _ := strings.Cut(entry, ": ")
			b.WriteString(".TP\n.B " + roff(name) + "\n" + roff(text) + "\n")
		} else if begins {
			b.WriteString(roff(l) + "\n")
		} else {
			b.WriteString(".PP\n" + roff(l) + "\n")
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
