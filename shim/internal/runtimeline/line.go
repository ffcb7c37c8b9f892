// Package runtimeline reads command lines of OCI runtimes: runc's, which crun and others
// take too, as far as it decides what is run where.
package runtimeline

import (
	"slices"
	"strings"
)

// Line is a command line of an OCI runtime.
type Line struct {
	Args    []string // all of it but the program's name
	Command string   // create, exec and so on; empty if there is none
	Log     string   // --log
	JSONLog bool     // --log-format json
	Root    string   // --root

	verb    int // of the command in Args
	options map[string]int
	first   int // the first word behind the options of the command
}

// global are the options in front of the command that have a value.
var global = []string{"log", "log-format", "log-level", "root", "criu", "rootless", "cgroup-manager"}

// local are the options of create, run and exec that have a value.
var local = []string{
	"bundle", "b", "config", "f", "console-socket", "pid-file", "preserve-fds", "pidfd-socket",
	"process", "p", "cwd", "env", "e", "user", "u", "additional-gids", "g", "process-label", "apparmor", "cap", "c", "cgroup",
}

// Parse reads args, which begin behind the program's name.
func Parse(args []string) Line {
	l := Line{Args: args, options: map[string]int{}, verb: len(args), first: len(args)}
	at := l.scan(0, global, func(name string, n int) {
		value := l.value(n)
		switch name {
		case "log":
			l.Log = value
		case "log-format":
			l.JSONLog = value == "json"
		case "root":
			l.Root = value
		}
	})
	if at >= len(args) {
		return l
	}
	l.verb, l.Command = at, args[at]
	l.first = l.scan(at+1, local, func(name string, n int) { l.options[name] = n })
	return l
}

// scan reads options from the word at on and returns which word is behind them.
func (l *Line) scan(at int, valued []string, found func(name string, n int)) int {
	for at < len(l.Args) {
		word := l.Args[at]
		if word == "--" {
			return at + 1
		}
		if len(word) < 2 || word[0] != '-' {
			return at
		}
		name, _, given := strings.Cut(strings.TrimLeft(word, "-"), "=")
		takes := slices.Contains(valued, name)
		if takes && !given && at+1 >= len(l.Args) {
			return at + 1
		}
		found(name, at)
		if takes && !given {
			at++
		}
		at++
	}
	return at
}

// value is the value of the option that is word n.
func (l *Line) value(n int) string {
	if _, value, given := strings.Cut(l.Args[n], "="); given {
		return value
	}
	if n+1 < len(l.Args) {
		return l.Args[n+1]
	}
	return ""
}

// Option is the value of the first of names that the command was given.
func (l *Line) Option(names ...string) (value string, ok bool) {
	for _, name := range names {
		if n, ok := l.options[name]; ok {
			return l.value(n), true
		}
	}
	return "", false
}

// Words are what stands behind the options of the command.
func (l *Line) Words() []string { return l.Args[min(l.first, len(l.Args)):] }

// WithOption is the line with value for the first of names that it has, or for the first of
// names if it has none.
func (l *Line) WithOption(value string, names ...string) []string {
	for _, name := range names {
		n, ok := l.options[name]
		if !ok {
			continue
		}
		args := slices.Clone(l.Args)
		if head, _, given := strings.Cut(args[n], "="); given {
			args[n] = head + "=" + value
		} else {
			args[n+1] = value
		}
		return args
	}
	return slices.Insert(slices.Clone(l.Args), l.verb+1, "--"+names[0], value)
}

// WithWords is the line with other words behind the options of the command.
func (l *Line) WithWords(words ...string) []string {
	return append(slices.Clone(l.Args[:min(l.first, len(l.Args))]), words...)
}
