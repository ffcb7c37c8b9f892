package spectest

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/wazedge/wazedge/internal/heap"
)

var update = flag.Bool("update", false, "write STATUS.md")

// componentScripts are those of the component model, if they are at hand.
func componentScripts(t *testing.T) (list []Script) {
	t.Helper()
	for _, s := range ComponentSuites("..") {
		of, err := s.Scripts()
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, of...)
	}
	return list
}

// scripts are all scripts of modules at hand, and whether those of the specification itself
// are among them. With -short they are every eighth.
func scripts(t *testing.T) (list []Script, official bool) {
	t.Helper()
	suites, official, err := Suites("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range suites {
		of, err := s.Scripts()
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, of...)
	}
	if testing.Short() {
		var some []Script
		for i := 0; i < len(list); i += 8 {
			some = append(some, list[i])
		}
		list = some
	}
	return list, official
}

// TestScripts runs every command of every script, compiled and in the interpreter.
// Those of known.txt must fail and all others pass, or say why they cannot run.
func TestScripts(t *testing.T) {
	list, official := scripts(t)
	components := componentScripts(t)
	official = official && len(components) > 0
	list = append(list, components...)
	status := NewStatus(list)
	var mu sync.Mutex
	t.Run("run", func(t *testing.T) {
		for mode := range numModes {
			expected, err := knownFailures(mode)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range list {
				t.Run(mode.String()+"/"+key(s), func(t *testing.T) {
					t.Parallel()
					outcomes, err := Run(t.Context(), s, mode == Interpreter, heap.Config{})
					if err != nil {
						t.Fatal(err)
					}
					check(t, s, outcomes, expected)
					mu.Lock()
					defer mu.Unlock()
					status.Set(s, mode, outcomes)
				})
			}
		}
	})
	if !status.Complete() {
		return // -run chose some
	}
	t.Logf("\n%s", status.Summary())
	if official && !testing.Short() {
		checkStatus(t, status)
	} else {
		t.Log("STATUS.md is not compared: it needs the specification's scripts, all of them")
	}
}

// TestScriptsOptimized runs every script with code of the optimizing compiler, which may leave
// functions to the engine, but not for a defect of its own.
func TestScriptsOptimized(t *testing.T) {
	list, _ := scripts(t)
	list = append(list, componentScripts(t)...)
	expected, err := knownFailures(Compiled)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		t.Run(key(s), func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			outcomes, err := RunOptimized(t.Context(), s, &log)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(log.String()) {
				if strings.Contains(line, "defect") {
					t.Error(line)
				}
			}
			check(t, s, outcomes, expected)
		})
	}
}

// TestScriptsUnderStress runs the scripts of garbage collection with a collection at
// every allocation and little more heap than they need: a reference that the
// collector does not see is then one to an object that is gone.
func TestScriptsUnderStress(t *testing.T) {
	list, _ := scripts(t)
	expected, err := knownFailures(Compiled)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		if s.Proposal() != "garbage collection" {
			continue
		}
		t.Run(key(s), func(t *testing.T) {
			t.Parallel()
			outcomes, err := Run(t.Context(), s, false, heap.Config{Stress: true, Limit: 4 << 20})
			if err != nil {
				t.Fatal(err)
			}
			check(t, s, outcomes, expected)
		})
	}
}

// check holds the outcomes of a script to the list of known failures.
func check(t *testing.T, s Script, outcomes []Outcome, expected known) {
	t.Helper()
	for _, o := range outcomes {
		_, fails := expected[place(s, o.Line)]
		switch {
		case o.Verdict == Failed && !fails:
			t.Errorf("%s: %s: %s", place(s, o.Line), o.Kind, o.Reason)
		case o.Verdict == Passed && fails:
			t.Errorf("%s: %s passes; take it off known.txt", place(s, o.Line), o.Kind)
		}
	}
}

// checkStatus compares STATUS.md, or writes it.
func checkStatus(t *testing.T, status *Status) {
	t.Helper()
	const file = "STATUS.md"
	want := status.Markdown()
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) == want {
		return
	}
	have := map[string]bool{}
	for line := range strings.SplitSeq(string(got), "\n") {
		have[line] = true
	}
	for line := range strings.SplitSeq(want, "\n") {
		if !have[line] {
			t.Errorf("not in STATUS.md: %s", line)
		}
	}
	t.Error("STATUS.md is out of date: go test ./spec-tests -update")
}
