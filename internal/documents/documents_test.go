package documents

import (
	"context"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// page has one block of each kind.
const page = "Text.\n" +
	"```text data.txt\none\ntwo\n```\n" +
	"```console\n$ while read -r l; do \\\n> echo \"$l\"; done <data.txt\none\n...\n$ cd /\n$ export X=y\n```\n" +
	"```\n$ not run\n```\n" +
	"```console needs=missing\n$ missing\n```\n" +
	"```console\n$ echo \"$PWD $X and more\"\n/ y …\n$ (exit 3)\n$ echo $?\n3\n```\n"

// TestRun types a page that shows what happens.
func TestRun(t *testing.T) {
	s := shell(t)
	left, err := s.Run(t.Context(), Parse(page))
	if err != nil {
		t.Error(err)
	}
	if len(left) != 1 || left[0].Program != "missing" {
		t.Errorf("left out: %v", left)
	}
}

// TestRunFindsMistakes states what is wrong of a page.
func TestRunFindsMistakes(t *testing.T) {
	for _, commands := range []string{
		"$ echo one\ntwo", "$ echo one", "$ :\none", "$ (exit 1)", "$ echo one; exit 1\none", "$ printf 'a\\nb\\n'\n...\na",
	} {
		if _, err := shell(t).Run(t.Context(), Parse("```console\n"+commands+"\n```\n")); err == nil {
			t.Errorf("nothing is wrong with %q", commands)
		}
	}
}

// TestRunEnds states that a page whose command does not end is given up on, and says which.
func TestRunEnds(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := shell(t).Run(ctx, Parse("```console\n$ exec sleep 1000\n$ echo more\n```\n"))
	if err == nil || !strings.Contains(err.Error(), "sleep 1000\nis not over in time") || strings.Contains(err.Error(), "more") {
		t.Error(err)
	}
}

// TestTimesOfTheLog states that times are not compared.
func TestTimesOfTheLog(t *testing.T) {
	want, got := "[2026-01-02 03:04:05.678] [error] x\n", "[2027-11-12 13:14:15.161] [error] x\n"
	if !matches(want, got) || matches(want, strings.Replace(got, "x", "y", 1)) {
		t.Error("log lines are not compared without their times")
	}
}

func shell(t *testing.T) *Shell {
	t.Helper()
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no POSIX shell")
	}
	return &Shell{Program: []string{sh}, Dir: t.TempDir(), Has: func(program string) bool { return program != "missing" }}
}
