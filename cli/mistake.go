package cli

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/wazedge/wazedge/cli/suggest"
)

// What is wrong with a command line is said in WasmEdge's words, or in wazedge's own, which
// tell what to type instead.

// seeHelp is where to look when there is nothing better to say.
const seeHelp = "; see wazedge help"

// unknownOption is the error for an option that there is not, name without its dashes.
func (s *syntax) unknownOption(name string) error {
	what := "unknown option: " + name
	if !s.own {
		return usageError(what)
	}
	if name == "o" && s.table().Lookup("output") != nil {
		return usageError(what + "; did you mean --output?")
	}
	if name == "o" && s.command == &compileCommand {
		return usageError(what + "; the file to write stands behind the module: wazedge compile " + s.command.sample)
	}
	if of, ok := commandWith(name, s.command); ok {
		return usageError(fmt.Sprintf("%s; it is one of %s: wazedge %s --%s ...", what, of, of, name))
	}
	if f, ok := foreign(name); ok {
		return usageError(fmt.Sprintf("%s; %s of %s is here %s", what, dashed(name), f.whose, f.ours))
	}
	if meant, ok := suggest.Nearest(strings.ReplaceAll(name, "_", "-"), s.optionNames()); ok {
		return usageError(fmt.Sprintf("%s; did you mean --%s?", what, meant))
	}
	return usageError(what + seeHelp)
}

// oneDash is the error for a word that begins with one dash and has more than a letter
// behind it.
func (s *syntax) oneDash(word string) error {
	name, _, _ := strings.Cut(word[1:], "=")
	if name == "" {
		return usageError("unknown option: " + word + seeHelp)
	}
	if s.table().Lookup(name) != nil {
		return usageError(fmt.Sprintf("unknown option: %s; options have two dashes: -%s", word, word))
	}
	if f, ok := foreign(name); ok {
		return usageError(fmt.Sprintf("unknown option: %s; -%s of %s is here %s", word, name, f.whose, f.ours))
	}
	if f, ok := foreign(name[:1]); ok {
		return usageError(fmt.Sprintf("unknown option: %s; -%s of %s is here %s", word, name[:1], f.whose, f.ours))
	}
	return s.unknownOption(name)
}

// optionNames are the names of the options of s.
func (s *syntax) optionNames() []string {
	names := []string{"help"}
	if s.version != nil {
		names = append(names, "version")
	}
	for _, row := range optionsOf(s.command.tools) {
		names = append(names, row.name)
	}
	return names
}

// commandWith is another command than but that has the option name.
func commandWith(name string, but *command) (string, bool) {
	for _, c := range ownCommands() {
		for _, row := range optionsOf(c.tools &^ but.tools) {
			if row.name == name && c.name != but.name {
				return c.name, true
			}
		}
	}
	return "", false
}

// takesNoValue is the error for a value where none is taken.
func (s *syntax) takesNoValue(name string) error {
	if !s.own {
		return usageError("option " + name + " doesn't need arguments.")
	}
	return usageError("--" + name + " takes no value")
}

// needsValue is the error for an option of which the value is missing.
func (s *syntax) needsValue(name string) error {
	row := s.row(name)
	text := fmt.Sprintf("--%s needs a value: --%s %s", name, name, row.metavar)
	if row.sample != "" {
		text += fmt.Sprintf(", like --%s %s", name, row.sample)
	}
	return usageError(text)
}

// tooMany is the error for a word that there is no place for.
func (s *syntax) tooMany(word string) error {
	if !s.own {
		return usageError("positional argument exceeds maximum consuming.")
	}
	if len(s.positionals) == 0 {
		if len(s.commands) > 0 {
			return usageError(s.noCommand(word))
		}
		return usageError(fmt.Sprintf("%s takes no words, and got %q", s.command.name, word))
	}
	return usageError(fmt.Sprintf("%s takes %s: %q is one too many", s.command.name, placesFor(s), word))
}

// noCommand says that word is none of the commands of s.
func (s *syntax) noCommand(word string) string {
	text := fmt.Sprintf("%s has no command %q", s.command.name, word)
	if meant, ok := suggest.Nearest(word, commandWords(s.commands)); ok {
		return text + fmt.Sprintf("; did you mean %s?", meant)
	}
	return text + ": " + orList(commandWords(s.commands))
}

// missing is what is wrong with a line of wazedge that has too few words; nil where the
// help is the better answer.
func (sc *scanner) missing() error {
	s := sc.syntax
	if !s.own || len(sc.words) >= s.required() || s.asksToTell() {
		return nil
	}
	if sc.taker != nil && isModuleName(sc.taken) {
		return usageError(fmt.Sprintf("no module is named: --%s has taken %s for its value: --%s %s %s",
			sc.taker.Name, sc.taken, sc.taker.Name, s.row(sc.taker.Name).metavar, sc.taken))
	}
	line := strings.Join(append([]string{"wazedge"}, sc.path[1:]...), " ")
	if s.command == &runCommand {
		if len(sc.path) == 1 && !s.changed() && !sc.escaped {
			return nil
		}
		return usageError("no module is named: " + line + " [OPTIONS] FILE.wasm [ARG ...]")
	}
	text := fmt.Sprintf("%s needs %s", s.command.name, placesFor(s))
	if s.command.sample != "" {
		text += fmt.Sprintf(", like %s %s", line, s.command.sample)
	}
	return usageError(text)
}

// changed reports whether any option of s was typed.
func (s *syntax) changed() bool {
	if s.made == nil {
		return false
	}
	any := false
	s.made.VisitAll(func(f *pflag.Flag) { any = any || f.Changed })
	return any
}

// asksToTell reports whether the line asks for help or the version.
func (s *syntax) asksToTell() bool {
	return s != nil && (bool(s.help) || s.version != nil && bool(*s.version) || s.above.asksToTell())
}

// isModuleName reports whether word names a module rather than something else.
func isModuleName(word string) bool {
	for _, end := range []string{".wasm", ".wat"} {
		if strings.HasSuffix(word, end) {
			info, err := os.Stat(word)
			return err != nil || info.Mode().IsRegular()
		}
	}
	return false
}

// dashed is name as it is typed.
func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}
