package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// completionWords is what the scripts ask for in place of a shell: what the last of the
// words behind it may become.
const completionWords = "words"

// printCompletion prints a script that teaches a shell to complete the command
// lines of wazedge, wasmedge and wasmedgec; or what such a script asks for.
func printCompletion(p *Process, l line) int {
	scripts := map[string]string{"bash": bashCompletion, "zsh": zshCompletion, "fish": fishCompletion}
	if l.words[0] == completionWords {
		return p.printCandidates(l.words[1:])
	}
	script, ok := scripts[l.words[0]]
	if !ok {
		return p.fail(fmt.Sprintf("no completion for %q: bash, zsh or fish", l.words[0]))
	}
	io.WriteString(p.out(), script)
	return statusOK
}

// printCandidates prints what the last of words may become. The first of them names the
// shell, the second the program; to bash belongs what stands on the line in front of the
// cursor, in one word, and where words end beside spaces, in another.
func (p *Process) printCandidates(words []string) int {
	if len(words) < 3 {
		return p.fail("completion words needs the shell, the program and its words")
	}
	shell, program, words := words[0], words[1], words[2:]
	strip := ""
	if shell == "bash" {
		words, strip = bashWords(words[0], strings.Join(words[1:], ""))
	}
	of := Process{Args: []string{program}, Getenv: p.Getenv, Environ: p.Environ}
	list := of.complete(words)
	var b strings.Builder
	if shell == "bash" {
		writeMode(&b, list)
	}
	for _, c := range list {
		word := strings.TrimPrefix(c.word, strip)
		if shell == "bash" && c.file {
			word = withoutSlash(word)
		}
		b.WriteString(word)
		if c.brief != "" && shell != "bash" {
			b.WriteString("\t" + c.brief)
		}
		b.WriteString("\n")
	}
	io.WriteString(p.out(), b.String())
	return statusOK
}

// withoutSlash is the name of a file without the slash that says that it is a directory: bash sees that itself, and puts
// one there.
func withoutSlash(word string) string {
	if name, ok := strings.CutSuffix(word, "/"); ok && name != "" {
		if info, err := os.Stat(withHome(name)); err == nil && info.IsDir() {
			return name
		}
	}
	return word
}

// writeMode writes what compopt is to be told: that names of files are to be quoted, and
// that no space is to follow.
func writeMode(b *strings.Builder, list []candidate) {
	var mode []string
	for _, c := range list {
		if c.file {
			mode = append(mode, "filenames")
			break
		}
	}
	if len(list) == 1 && list[0].open() {
		mode = append(mode, "nospace")
	}
	b.WriteString(strings.Join(mode, " ") + "\n")
}

// bashWords parts a line of bash into the words behind the first one, without their quotes;
// the last word ends with the line. strip is the part of it in front of the last of the
// characters breaks, which is no matter of the completion for bash.
func bashWords(line, breaks string) (words []string, strip string) {
	var word, before strings.Builder // before is word up to the last break
	begun, quote := false, byte(0)
	end := func() {
		if begun {
			words = append(words, word.String())
		}
		word.Reset()
		before.Reset()
		begun = false
	}
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case quote == 0 && (c == ' ' || c == '\t'):
			end()
			continue
		case quote == 0 && (c == '"' || c == '\''):
			quote, begun = c, true
			continue
		case c == quote:
			quote = 0
			continue
		case c == '\\' && quote != '\'' && i+1 < len(line):
			i++
			word.WriteByte(line[i])
			begun = true
			continue
		}
		begun = true
		word.WriteByte(c)
		if quote == 0 && strings.IndexByte(breaks, c) >= 0 {
			before.Reset()
			before.WriteString(word.String())
		}
	}
	strip = before.String()
	words = append(words, word.String())
	return words[min(1, len(words)-1):], strip
}

// The scripts know nothing of the options: they ask the program, which is wazedge by the name
// that was typed, or the one in PATH where wasmedge was typed, which may be the real one.
const (
	bashCompletion = `# bash completion for wazedge; source it, or put it into a bash-completion directory
_wazedge() {
	local program=${COMP_WORDS[0]} asked=wazedge mode line
	case ${program##*/} in wazedge) asked=${program/#\~/$HOME} ;; esac
	COMPREPLY=()
	[[ -n $COMP_LINE ]] || { local COMP_LINE="${COMP_WORDS[*]}"; local COMP_POINT=${#COMP_LINE}; }
	{
		IFS= read -r mode
		while IFS= read -r line; do
			COMPREPLY+=("$line")
		done
	} < <("$asked" completion words -- bash "${program##*/}" "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null)
	for line in $mode; do
		compopt -o "$line" 2>/dev/null
	done
}
complete -F _wazedge wazedge wasmedge wasmedgec
`
	zshCompletion = `#compdef wazedge wasmedge wasmedgec
_wazedge() {
	local program=${words[1]} asked=wazedge line
	local -a found briefs rest shown
	[[ ${program:t} == wazedge ]] && asked=${(Q)program/#\~/$HOME}
	for line in "${(@f)$("$asked" completion words -- zsh "${(Q)program:t}" "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}"; do
		[[ -z $line ]] && continue
		case $line in
		*/) rest+=("$line") ;;
		*$'\t'*) found+=("${line%%$'\t'*}"); shown+=("${line%%$'\t'*} -- ${line#*$'\t'}") ;;
		*) found+=("$line"); shown+=("$line") ;;
		esac
	done
	(( ${#found} )) && compadd -U -l -d shown -a -- found
	(( ${#rest} )) && compadd -U -S '' -a -- rest
}
if [[ ${funcstack[1]} == _wazedge ]]; then _wazedge "$@"; else compdef _wazedge wazedge wasmedge wasmedgec; fi
`
	fishCompletion = `# fish completion for wazedge; source it, or put it into ~/.config/fish/completions/wazedge.fish
function __wazedge_words
	set -l words (commandline -opc)
	set -l asked wazedge
	string match -q -r '(^|/)wazedge$' -- $words[1]; and set asked $words[1]
	set -l current (commandline -ct)
	set -l unquoted (string unescape -- $current 2>/dev/null); and set current $unquoted
	$asked completion words -- fish (string replace -r '.*/' '' -- $words[1]) $words[2..-1] "$current" 2>/dev/null
end
complete -c wazedge -f -a '(__wazedge_words)'
complete -c wasmedge -f -a '(__wazedge_words)'
complete -c wasmedgec -f -a '(__wazedge_words)'
`
)
