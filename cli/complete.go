package cli

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/wasm"
)

// candidate is what a word may become.
type candidate struct {
	word  string // all of it
	brief string // what it is, or nothing
	file  bool   // it names a file
}

// open reports whether more is to be typed to the word: nothing is to be put behind it.
func (c *candidate) open() bool {
	return strings.HasSuffix(c.word, "/") || strings.HasSuffix(c.word, "=")
}

// complete gives what the last of words, which are those behind the name of the program,
// may become.
func (p *Process) complete(words []string) []candidate {
	var version toggle
	sc := p.syntax(&version).upTo(words[:len(words)-1])
	cur := words[len(words)-1]
	switch {
	case sc.pending != nil && (cur == "-" || !strings.HasPrefix(cur, "-")):
		return p.completeValue(sc, sc.pending, "", cur)
	case !sc.escaped && strings.HasPrefix(cur, "-"):
		if name, value, given := strings.Cut(cur, "="); given {
			flag := sc.syntax.lookup(strings.TrimLeft(name, "-"))
			if flag == nil {
				return nil
			}
			return p.completeValue(sc, flag, name+"=", value)
		}
		return sc.syntax.completeOption(cur)
	}
	return p.completePositional(sc, cur)
}

// upTo is the state behind words. What is wrong with them does not matter.
func (s *syntax) upTo(words []string) *scanner {
	sc := &scanner{line: line{syntax: s, path: []string{""}}}
	for _, w := range words {
		if !sc.escaped && len(w) > 1 && w[0] == '-' {
			sc.option(w)
		} else if child := sc.child(w); child != nil {
			sc = &scanner{line: line{syntax: child, path: append(sc.path, w)}}
		} else {
			sc.word(w)
		}
	}
	return sc
}

// completeOption gives the options that begin as cur does.
func (s *syntax) completeOption(cur string) []candidate {
	list := []candidate{{word: "--help", brief: "explain the command"}}
	if s.version != nil {
		list = append(list, candidate{word: "--version", brief: "print the versions"})
	}
	for _, row := range optionsOf(s.command.tools) {
		list = append(list, candidate{word: "--" + row.name, brief: row.brief})
	}
	return beginning(list, cur)
}

// beginning is the candidates that begin with cur.
func beginning(list []candidate, cur string) []candidate {
	return slices.DeleteFunc(list, func(c candidate) bool { return !strings.HasPrefix(c.word, cur) })
}

// completeValue gives the values that the option flag may have, behind what stands before
// cur in the same word.
func (p *Process) completeValue(sc *scanner, flag *pflag.Flag, before, cur string) []candidate {
	row := sc.syntax.row(flag.Name)
	if row == nil || !row.takesValue() {
		return nil
	}
	switch row.metavar {
	case "GUEST[:HOST[:MODE]]":
		return completeMapping(before, cur)
	case "NAME=FILE":
		name, file, ok := strings.Cut(cur, "=")
		if !ok {
			return nil
		}
		return completeModule(before+name+"=", file)
	case "NAME[=VALUE]":
		return completeWords(before, cur, p.variableNames())
	}
	switch {
	case len(row.choices) == 0:
		return nil
	case row.choices[0] == completeFile:
		return completeFiles(before, cur, everyFile)
	case row.choices[0] == completeDir:
		return completeFiles(before, cur, noFile)
	}
	return completeWords(before, cur, row.choices)
}

// variableNames are the names of the variables of this process.
func (p *Process) variableNames() []string {
	var names []string
	for _, v := range p.environ() {
		names = append(names, variableName(v))
	}
	slices.Sort(names)
	return names
}

// completeMapping gives what GUEST:HOST:MODE may become.
func completeMapping(before, cur string) []candidate {
	parts := strings.SplitN(cur, ":", 3)
	last := parts[len(parts)-1]
	before += strings.TrimSuffix(cur, last)
	if len(parts) == 3 {
		return completeWords(before, last, []string{"readonly", "readwrite", "writeonly"})
	}
	return completeFiles(before, last, noFile)
}

// completeWords gives those of words that begin with cur.
func completeWords(before, cur string, words []string) []candidate {
	var list []candidate
	for _, w := range words {
		if strings.HasPrefix(w, cur) {
			list = append(list, candidate{word: before + w})
		}
	}
	return list
}

// completePositional gives what cur may become as a positional word.
func (p *Process) completePositional(sc *scanner, cur string) []candidate {
	s := sc.syntax
	var list []candidate
	if !sc.selected && len(sc.words) == 0 && !sc.escaped {
		for _, c := range s.commands {
			list = append(list, candidate{word: c.name, brief: c.brief})
		}
		list = beginning(list, cur)
	}
	if len(s.positionals) == 0 {
		return list
	}
	switch place := s.positionals[min(len(sc.words), len(s.positionals)-1)]; place.metavar {
	case "SHELL":
		return append(list, completeWords("", cur, []string{"bash", "zsh", "fish"})...)
	case "TOPIC":
		return append(list, p.completeTopic(sc, cur)...)
	case "WASM", "WASM_OR_SO":
		return append(list, completeModule("", cur)...)
	case "ARG":
		if len(sc.words) == 1 {
			list = append(list, completeFunction(s.options, sc.words[0], cur)...)
		}
		fallthrough
	case "FILE", "WASM_SO", "RECORDING":
		return append(list, completeFiles("", cur, everyFile)...)
	}
	return list
}

// completeTopic gives what help may be asked for.
func (p *Process) completeTopic(sc *scanner, cur string) []candidate {
	var version toggle
	topic := p.syntax(&version)
	for _, w := range sc.words {
		if topic = topic.child(w); topic == nil {
			return nil
		}
	}
	var list []candidate
	for _, c := range topic.commands {
		list = append(list, candidate{word: c.name, brief: c.brief})
	}
	if len(sc.words) == 0 {
		for _, g := range groups {
			list = append(list, candidate{word: g.name, brief: g.heading})
		}
	}
	return beginning(list, cur)
}

// largestRead bounds the size of a module of which the functions are read, in bytes.
const largestRead = 64 << 20

// completeFunction gives the functions of the module in a file, if they are called by name.
func completeFunction(o *Options, file, cur string) []candidate {
	if info, err := os.Stat(withHome(file)); err != nil || info.Size() > largestRead {
		return nil
	}
	b, err := compat.ReadModule(withHome(file), false)
	if err != nil {
		return nil
	}
	m, err := wasm.Decode(b, wasm.Wasm3|wasm.Threads)
	if err != nil {
		return nil
	}
	if _, program := m.Exported(wasm.ExternFunc, "_start"); program && !o.Reactor {
		return nil
	}
	var list []candidate
	for _, e := range m.Exports {
		if e.Kind == wasm.ExternFunc && strings.HasPrefix(e.Name, cur) && !strings.ContainsAny(e.Name, "\n\t") {
			list = append(list, candidate{word: e.Name, brief: "function"})
		}
	}
	return list
}

// everyFile and noFile choose files beside directories.
func everyFile(string) bool { return true }
func noFile(string) bool    { return false }

func isModuleFile(name string) bool {
	return strings.HasSuffix(name, ".wasm") || strings.HasSuffix(name, ".wat") || strings.HasSuffix(name, ".so")
}

// completeModule gives the modules whose names begin as cur does, or all files where there
// is none.
func completeModule(before, cur string) []candidate {
	list := completeFiles(before, cur, isModuleFile)
	if len(list) == 0 {
		return completeFiles(before, cur, everyFile)
	}
	return list
}

// mostListedFiles bounds how many entries of a directory are looked at.
const mostListedFiles = 10_000

// completeFiles gives the directories whose names begin as cur does, and those of the files
// that are chosen.
func completeFiles(before, cur string, choose func(name string) bool) []candidate {
	dir, base := filepath.Split(cur)
	d, err := os.Open(cmp.Or(withHome(dir), "."))
	if err != nil {
		return nil
	}
	defer d.Close()
	entries, _ := d.ReadDir(mostListedFiles)
	slices.SortFunc(entries, func(a, b os.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	var list []candidate
	for _, e := range entries {
		name := e.Name()
		hidden := strings.HasPrefix(name, ".") && !strings.HasPrefix(base, ".")
		if !strings.HasPrefix(name, base) || hidden || strings.ContainsAny(name, "\n\t") {
			continue
		}
		word := before + dir + name
		if isDirectory(d.Name(), e) {
			list = append(list, candidate{word: word + "/", file: true})
		} else if choose(name) {
			list = append(list, candidate{word: word, file: true})
		}
	}
	return list
}

// isDirectory reports whether e of the directory dir is one, or a link to one.
func isDirectory(dir string, e os.DirEntry) bool {
	if e.Type()&os.ModeSymlink == 0 {
		return e.IsDir()
	}
	info, err := os.Stat(filepath.Join(dir, e.Name()))
	return err == nil && info.IsDir()
}

// withHome is path with the user's directory for a ~ that it begins with.
func withHome(path string) string {
	rest, ok := strings.CutPrefix(path, "~/")
	home, err := os.UserHomeDir()
	if !ok || err != nil {
		return path
	}
	return home + "/" + rest
}
