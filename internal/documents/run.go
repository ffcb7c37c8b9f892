package documents

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Shell is where a page is typed.
type Shell struct {
	// Program is what is given a script by -c, and what comes before it: a path of a shell, or
	// a command that ends with one.
	Program []string
	// Env is the environment, as in [os/exec.Cmd].
	Env []string
	// Dir is the directory of the page. Seen is what the shell calls it, if that is not Dir.
	Dir, Seen string
	// Has tells whether there is a program.
	Has func(program string) bool
}

// Left is a block that was left out, and for want of what.
type Left struct {
	Line    int
	Program string
}

// Run types what the blocks show, and returns what was left out and where the page was wrong. When ctx ends it ends the
// command at work, and types nothing more.
func (s *Shell) Run(ctx context.Context, blocks []Block) ([]Left, error) {
	state, err := os.MkdirTemp(s.Dir, ".shell")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(state)
	t := typist{Shell: s, state: filepath.Base(state)}
	var left []Left
	var wrong []error
	for _, b := range blocks {
		if i := slices.IndexFunc(b.Needs, func(p string) bool { return !s.Has(p) }); i >= 0 {
			left = append(left, Left{b.Line, b.Needs[i]})
			continue
		}
		if b.File != "" {
			err := os.WriteFile(filepath.Join(s.Dir, filepath.FromSlash(b.File)), []byte(b.Content), 0o666)
			wrong = append(wrong, err)
			continue
		}
		for i, c := range b.Commands {
			asked := i+1 < len(b.Commands) && b.Commands[i+1].Text == "echo $?"
			if err := t.run(ctx, c, asked); err != nil {
				wrong = append(wrong, fmt.Errorf("line %d: %w", b.Line, err))
			}
			if ctx.Err() != nil {
				return left, errors.Join(wrong...)
			}
		}
	}
	return left, errors.Join(wrong...)
}

// lingering is how long the output of what a command has left behind is waited for.
const lingering = 10 * time.Second

// typist types one command after the other. What a command leaves behind in its shell, the
// variables that are exported and the directory, is there for the next.
type typist struct {
	*Shell
	state  string // a directory in Dir
	status int
}

func (t *typist) run(ctx context.Context, c Command, mayFail bool) error {
	seen := t.Seen
	if seen == "" {
		seen = t.Dir
	}
	state := filepath.ToSlash(filepath.Join(seen, t.state))
	script := fmt.Sprintf("cd '%[1]s'; [ ! -f '%[2]s/env' ] || . '%[2]s/env'; [ -z \"$AT\" ] || cd \"$AT\"; (exit %[3]d)\n%[4]s\n"+
		"status=$?; export AT=\"$PWD\"; export -p >'%[2]s/env'; exit $status", seen, state, t.status, c.Text)
	cmd := exec.CommandContext(ctx, t.Program[0], append(slices.Clone(t.Program[1:]), "-c", script)...)
	cmd.Env, cmd.Dir, cmd.WaitDelay = t.Env, t.Dir, lingering
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return fmt.Errorf("$ %s\nis not over in time, printed\n%s", c.Text, out)
	}
	failed, exited := errors.AsType[*exec.ExitError](err)
	if err != nil && !exited {
		return fmt.Errorf("%s: %w", c.Text, err)
	}
	t.status = 0
	if exited {
		t.status = failed.ExitCode()
	}
	if t.status != 0 && !mayFail {
		return fmt.Errorf("$ %s\nexit status %d, printed\n%s", c.Text, t.status, out)
	}
	if !matches(c.Output, string(out)) {
		return fmt.Errorf("$ %s\nprinted\n%s\nthe page shows\n%s", c.Text, out, strings.TrimSuffix(c.Output, "\n"))
	}
	return nil
}
