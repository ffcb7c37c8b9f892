package cli

import (
	"strings"

	"github.com/spf13/pflag"
)

// syntax is what one command accepts on its line. Its options and their values
// are a pflag table; the grammar is WasmEdge's, which pflag's own parser cannot
// express: an option's value is the next word only if that word does not look
// like an option, and an option without its value takes its default.
type syntax struct {
	made        *pflag.FlagSet // by table, when an option is looked for: many lines have none
	version     *toggle        // nil where there is no --version
	help        toggle         // --help of this command, not of its parent
	positionals []positional   // all but the last take one word
	commands    []*command     // what the first word can select
	mixed       bool           // options may follow positional words
	command     *command       // what runs
	options     *Options       // where the options' values go
	outer       *syntax        // that of the words before, if its options' values go there too
	above       *syntax        // that of the words before
	own         bool           // wazedge's: says what is missing, and reads units
}

// given reports whether the option name was typed.
func (s *syntax) given(name string) bool {
	if s == nil {
		return false
	}
	if s.made != nil {
		if flag := s.made.Lookup(name); flag != nil && flag.Changed {
			return true
		}
	}
	return s.outer.given(name)
}

// usageError is what is wrong with a command line, in WasmEdge's words.
type usageError string

func (e usageError) Error() string { return string(e) }

// positional is a place for words that are no options.
type positional struct {
	metavar string
	many    bool // takes all words that are left, or none
}

// line is a command line that was understood.
type line struct {
	syntax *syntax  // the command that was selected
	path   []string // the words that selected it, the program's name first
	words  []string // the positional words
}

// want is what a [line] asks the program to do.
type want uint8

const (
	wantRun        want = iota // what the command is for
	wantVersion                // print the version
	wantHelp                   // print the help
	wantPositional             // print the help: a word is missing
)

// newSyntax makes the syntax of a command whose options go to o. version is nil,
// or where --version is to be noted.
func newSyntax(c *command, o *Options, version *toggle) *syntax {
	return &syntax{
		version: version, positionals: c.positionals,
		commands: c.children, mixed: c.wasmedge == "" && !(c.guest && len(c.positionals) > 1), command: c, options: o,
	}
}

// table is the options of s.
func (s *syntax) table() *pflag.FlagSet {
	if s.made == nil {
		s.made = flagSet(s.command.name, s.command.tools, s.options)
		s.made.VarPF(&s.help, "help", "h", "").NoOptDefVal = "true"
		if s.version != nil {
			s.made.VarPF(s.version, "version", "v", "").NoOptDefVal = "true"
		}
	}
	return s.made
}

// scanner is the state while reading a line.
type scanner struct {
	line
	pending  *pflag.Flag // waits for its value
	taker    *pflag.Flag // has last taken a word for its value:
	taken    string      // this one
	escaped  bool        // no options any more
	selected bool        // the word that could select a child was seen
}

// parse reads args, the words after the program's name, which is path[0].
func (s *syntax) parse(path, args []string) (line, error) {
	sc := scanner{line: line{syntax: s, path: path}}
	for i, arg := range args {
		if !sc.escaped && len(arg) > 1 && arg[0] == '-' {
			if err := sc.option(arg); err != nil {
				return sc.line, err
			}
			continue
		}
		if child := sc.child(arg); child != nil {
			child.help = s.help
			return child.parse(append(path, arg), args[i+1:])
		}
		if err := sc.word(arg); err != nil {
			return sc.line, err
		}
	}
	if err := sc.settle(); err != nil {
		return sc.line, err
	}
	return sc.line, sc.missing()
}

// child is the command that arg selects: only the first word that is neither an
// option nor, before a "--", an option's value can.
func (sc *scanner) child(arg string) *syntax {
	if sc.selected || !sc.escaped && sc.pending != nil {
		return nil
	}
	sc.selected = true
	return sc.syntax.child(arg)
}

// child is the syntax of the command that name selects, or nil. As in WasmEdge,
// `run` shares the options of the program itself, so that what is given before
// the word stays in force; `compile` has its own.
func (s *syntax) child(name string) *syntax {
	for _, c := range s.commands {
		if c.name == name {
			inner := newSyntax(c, new(Options), nil)
			if c != &compileCommand {
				inner = newSyntax(c, s.options, nil)
				inner.outer = s
			}
			inner.above, inner.own = s, s.own
			inner.mixed = inner.mixed || s.own && c == &compileCommand
			return inner
		}
	}
	return nil
}

// option takes a word that starts with a dash.
func (sc *scanner) option(arg string) error {
	if arg == "--" {
		sc.escaped = true
		return nil
	}
	if err := sc.settle(); err != nil {
		return err
	}
	if name, ok := strings.CutPrefix(arg, "--"); ok {
		return sc.long(name)
	}
	if sc.syntax.own && len(arg) > 2 {
		return sc.syntax.oneDash(arg)
	}
	for i := range len(arg) - 1 {
		letter := arg[i+1 : i+2]
		flag := sc.syntax.lookup(letter)
		if flag == nil {
			return sc.syntax.unknownOption(letter)
		}
		sc.open(flag)
	}
	return nil
}

// lookup finds an option by its long name or its letter. Both name it behind
// one dash and behind two.
func (s *syntax) lookup(name string) *pflag.Flag {
	if len(name) == 1 && name[0] < 0x80 {
		return s.table().ShorthandLookup(name)
	}
	return s.table().Lookup(name)
}

// long takes an option with a long name, and the value behind a "=".
func (sc *scanner) long(arg string) error {
	name, value, given := strings.Cut(arg, "=")
	flag := sc.syntax.lookup(name)
	if flag == nil {
		if name == "" && sc.syntax.own {
			return usageError("unknown option: --" + arg + seeHelp)
		}
		return sc.syntax.unknownOption(name)
	}
	if !given {
		sc.open(flag)
		return nil
	}
	if flag.NoOptDefVal != "" {
		return sc.syntax.takesNoValue(name)
	}
	return sc.set(flag, value)
}

// open sets a toggle, or makes any other option wait for its value.
func (sc *scanner) open(flag *pflag.Flag) {
	if flag.NoOptDefVal != "" {
		flag.Value.(settable).reset()
		flag.Changed = true
		return
	}
	sc.pending = flag
}

// settle gives an option that was left without a value its default, unless it
// had a value before. wazedge wants the value.
func (sc *scanner) settle() error {
	flag := sc.pending
	sc.pending = nil
	if flag == nil {
		return nil
	}
	if _, list := flag.Value.(interface{ list() }); sc.syntax.own && !(list && sc.escaped && flag.Changed) {
		return sc.syntax.needsValue(flag.Name)
	}
	if !flag.Changed {
		flag.Value.(settable).reset()
	}
	return nil
}

// word takes a word that is no option: the value of the one that waits, else a
// positional word, after which there are no options.
func (sc *scanner) word(arg string) error {
	flag := sc.pending
	if flag == nil {
		sc.escaped = sc.escaped || !sc.syntax.mixed
		if !sc.syntax.takes(len(sc.words)) {
			return sc.syntax.tooMany(arg)
		}
		sc.words = append(sc.words, arg)
		return nil
	}
	// Behind a "--", an option with a list takes all that is left.
	if _, list := flag.Value.(interface{ list() }); !sc.escaped || !list {
		sc.pending = nil
	}
	sc.taker, sc.taken = flag, arg
	return sc.set(flag, arg)
}

func (sc *scanner) set(flag *pflag.Flag, value string) error {
	flag.Changed = true
	if row := sc.syntax.row(flag.Name); sc.syntax.own && row != nil && row.unit != nil {
		return row.unit.setIn(row, flag.Value.(numbered), value)
	}
	return flag.Value.Set(value)
}

// row is the row of the option name, nil for those of every command.
func (s *syntax) row(name string) *option {
	for _, row := range optionsOf(s.command.tools) {
		if row.name == name {
			return row
		}
	}
	return nil
}

// takes reports whether there is room for a positional word after n others.
func (s *syntax) takes(n int) bool {
	last := len(s.positionals) - 1
	return n <= last || last >= 0 && s.positionals[last].many
}

// wants is what l asks for. The version goes before the help, and both before a
// complaint about a missing word.
func (l line) wants(version bool) want {
	switch {
	case version:
		return wantVersion
	case bool(l.syntax.help):
		return wantHelp
	case len(l.words) < l.syntax.required():
		return wantPositional
	}
	return wantRun
}

// required is how many positional words there have to be.
func (s *syntax) required() int {
	n := 0
	for _, p := range s.positionals {
		if !p.many {
			n++
		}
	}
	return n
}
