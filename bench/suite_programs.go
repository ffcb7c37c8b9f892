package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

// The programs of [programsSuite] are not in this tree; these variables say where they are.
const (
	// programsEnv names a file with a JSON list of programs.
	programsEnv = "WAZEDGE_BENCH_PROGRAMS"
	// olderEnv names another build of this command to compare with; may be unset.
	olderEnv = "WAZEDGE_BENCH_OLDER"
)

// program is an entry of the list of programs.
type program struct {
	Name string
	Dir  string   // where the command is started
	Args []string // of `wazedge run`: options, the module, and what the guest is given
	// Skip says why the older build does not run it; empty if it does.
	Skip string
}

var programsSuite = Suite{
	Name:  "programs",
	Title: "real programs, from the command's start to its end",
	Notes: "Most have exceptions. `cold` begins with an empty cache and compiles, which is most of its time; `older` is a build " +
		"that made exceptions objects of the heap. README.md in `bench/programs` says how to get the programs.",
	Cases: func(b *Bench) ([]Case, error) {
		list, err := programs()
		if err != nil {
			return nil, err
		}
		var cases []Case
		for _, p := range list {
			cases = append(cases,
				Case{Name: p.Name + ", cold", Rounds: 1, AnyOutput: true, Commands: b.cold(b.runs(p, "--cold-start", "compile"))},
				Case{Name: p.Name + ", warm", Rounds: 3, AnyOutput: true, Commands: b.runs(p)})
		}
		return cases, nil
	},
}

func programs() ([]program, error) {
	path := os.Getenv(programsEnv)
	if path == "" {
		return nil, errors.New("set " + programsEnv + " to the list of programs")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var list []program
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return list, nil
}

// runs are our command and an older build of it, if there is one, at p.
func (b *Bench) runs(p program, options ...string) []Command {
	args := append(append([]string{"run"}, options...), p.Args...)
	commands := []Command{{Label: oursName, Path: b.runtimes[0].Path, Args: args, Dir: p.Dir}}
	if older := os.Getenv(olderEnv); older != "" && p.Skip == "" {
		commands = append(commands, Command{Label: "older", Path: older, Args: args, Dir: p.Dir})
	}
	return commands
}
