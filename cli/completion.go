package cli

import (
	"fmt"
	"io"
	"strings"
)

// printCompletion prints a script that teaches a shell to complete the command
// lines of wazedge, wasmedge and wasmedgec.
func printCompletion(p *Process, l line) int {
	scripts := map[string]func() string{
		"bash": bashCompletion,
		"zsh":  zshCompletion,
		"fish": fishCompletion,
	}
	script, ok := scripts[l.words[0]]
	if !ok {
		return p.fail(fmt.Sprintf("no completion for %q: bash, zsh or fish", l.words[0]))
	}
	io.WriteString(p.out(), script())
	return statusOK
}

// completed are the programs that the scripts complete, and their commands.
func completed() []struct {
	program  string
	main     *command
	commands []*command
} {
	return []struct {
		program  string
		main     *command
		commands []*command
	}{
		{"wazedge", &runCommand, ownCommands()},
		{"wasmedge", &runCommand, wasmedgeCommands()},
		{"wasmedgec", &compileCommand, nil},
	}
}

// optionWords are the options of c as they are typed.
func optionWords(c *command) []string {
	words := []string{"--help"}
	for _, row := range optionsOf(c.tools) {
		words = append(words, "--"+row.name)
	}
	return words
}

func commandWords(commands []*command) []string {
	var words []string
	for _, c := range commands {
		words = append(words, c.name)
	}
	return words
}

// valueOptions are the options that take a value, each name once.
func valueOptions() []*option {
	var rows []*option
	seen := map[string]bool{}
	for _, row := range optionsOf(^tools(0)) {
		if row.takesValue() && !seen[row.name] {
			seen[row.name] = true
			rows = append(rows, row)
		}
	}
	return rows
}

func bashCompletion() string {
	var b strings.Builder
	b.WriteString("# bash completion for wazedge; source it or put it into a bash-completion directory\n")
	b.WriteString("_wazedge() {\n\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command=\"\" words i\n")
	b.WriteString("\tCOMPREPLY=()\n\tcase $prev in\n")
	for _, row := range valueOptions() {
		fmt.Fprintf(&b, "\t--%s) %s; return ;;\n", row.name, bashValues(row))
	}
	b.WriteString("\tesac\n\tfor ((i = 1; i < COMP_CWORD; i++)); do\n\t\t[[ ${COMP_WORDS[i]} != -* ]] && { command=${COMP_WORDS[i]}; break; }\n\tdone\n")
	b.WriteString("\tcase \"${COMP_WORDS[0]##*/} $command\" in\n")
	for _, c := range completed() {
		for _, sub := range c.commands {
			fmt.Fprintf(&b, "\t\"%s %s\") words=\"%s\" ;;\n", c.program, sub.name, strings.Join(append(commandWords(sub.children), optionWords(sub)...), " "))
		}
		fmt.Fprintf(&b, "\t\"%s \") words=\"%s\" ;;\n", c.program, strings.Join(append(commandWords(c.commands), append(optionWords(c.main), "--version")...), " "))
	}
	b.WriteString("\tesac\n\tif [[ $cur == -* ]]; then\n\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n\telse\n")
	b.WriteString("\t\tCOMPREPLY=($(compgen -f -- \"$cur\"))\n\t\t[[ -z $command ]] && COMPREPLY+=($(compgen -W \"${words%%--*}\" -- \"$cur\"))\n\tfi\n}\n")
	b.WriteString("complete -o filenames -F _wazedge wazedge wasmedge wasmedgec\n")
	return b.String()
}

// bashValues is the bash command that completes the value of row.
func bashValues(row *option) string {
	switch {
	case len(row.choices) == 0:
		return ":"
	case row.choices[0] == completeFile:
		return `COMPREPLY=($(compgen -f -- "$cur"))`
	case row.choices[0] == completeDir:
		return `COMPREPLY=($(compgen -d -- "${cur##*:}"))`
	}
	return fmt.Sprintf(`COMPREPLY=($(compgen -W "%s" -- "$cur"))`, strings.Join(row.choices, " "))
}

func zshCompletion() string {
	var b strings.Builder
	b.WriteString("#compdef wazedge wasmedge wasmedgec\n_wazedge() {\n\tlocal -a options commands\n\tlocal command=\"\" i\n")
	b.WriteString("\tfor ((i = 2; i < CURRENT; i++)); do\n\t\t[[ ${words[i]} != -* ]] && { command=${words[i]}; break; }\n\tdone\n")
	b.WriteString("\tcase \"${words[1]:t} $command\" in\n")
	for _, c := range completed() {
		for _, sub := range c.commands {
			fmt.Fprintf(&b, "\t\"%s %s\") options=(\n%s\t) ;;\n", c.program, sub.name, zshOptions(sub))
		}
		fmt.Fprintf(&b, "\t\"%s \"*) options=(\n%s\t\t'--version[print the versions]'\n\t)\n\t\tcommands=(%s) ;;\n", c.program, zshOptions(c.main), zshCommands(c.commands))
	}
	b.WriteString("\tesac\n\tif [[ -z $command && ${words[CURRENT]} != -* ]] && (( ${#commands} )); then\n\t\t_describe command commands\n\tfi\n")
	b.WriteString("\t_arguments $options '*:file:_files'\n}\n_wazedge \"$@\"\n")
	return b.String()
}

// zshOptions is the options of c as specifications for _arguments, one a line.
func zshOptions(c *command) string {
	quote := strings.NewReplacer("'", `'\''`, "[", `\[`, "]", `\]`, ":", `\:`).Replace
	var b strings.Builder
	b.WriteString("\t\t'--help[explain the command]'\n")
	for _, row := range optionsOf(c.tools) {
		value := ""
		if row.takesValue() {
			action := " "
			switch {
			case len(row.choices) == 0:
			case row.choices[0] == completeFile:
				action = "_files"
			case row.choices[0] == completeDir:
				action = "_files -/"
			default:
				action = "(" + strings.Join(row.choices, " ") + ")"
			}
			value = "=:" + quote(row.metavar) + ":" + action
		}
		name, repeat := "--"+row.name, ""
		if _, list := row.value(new(Options)).(interface{ list() }); list {
			repeat = "*"
		}
		if i := strings.IndexByte(value, '='); i == 0 {
			name, value = name+"=", value[1:]
		}
		fmt.Fprintf(&b, "\t\t'%s%s[%s]%s'\n", repeat, name, quote(row.brief), value)
	}
	return b.String()
}

func zshCommands(commands []*command) string {
	var words []string
	for _, c := range commands {
		words = append(words, "'"+c.name+":"+strings.NewReplacer(":", `\:`, "'", `'\''`).Replace(c.brief)+"'")
	}
	return strings.Join(words, " ")
}

func fishCompletion() string {
	quote := func(s string) string {
		return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
	}
	var b strings.Builder
	for _, c := range completed() {
		for _, sub := range c.commands {
			fmt.Fprintf(&b, "complete -c %s -n __fish_use_subcommand -a %s -d %s\n", c.program, sub.name, quote(sub.brief))
		}
		b.WriteString("complete -c " + c.program + " -l version -d 'print the versions'\n")
		b.WriteString("complete -c " + c.program + " -l help -d 'explain the command'\n")
		for _, row := range optionsOf(programTools(c.main, c.commands)) {
			value := ""
			if row.takesValue() {
				value = " -r"
				if len(row.choices) > 0 && row.choices[0] == completeDir {
					value = " -x -a '(__fish_complete_directories)'"
				} else if len(row.choices) > 0 && row.choices[0] != completeFile {
					value = " -x -a " + quote(strings.Join(row.choices, " "))
				}
			}
			fmt.Fprintf(&b, "complete -c %s -l %s%s -d %s\n", c.program, row.name, value, quote(row.brief))
		}
	}
	return b.String()
}

// programTools are the tools of a program and its commands together.
func programTools(main *command, commands []*command) tools {
	t := main.tools
	for _, c := range commands {
		t |= c.tools
	}
	return t
}
