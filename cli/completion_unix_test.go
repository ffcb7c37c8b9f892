//go:build unix

package cli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// shells are the shells that are made to complete, with what has them start without anybody's
// configuration, and what loads the script $SCRIPT.
var shells = []struct {
	name  string
	args  []string
	setup string
}{
	{"bash", []string{"--norc", "--noprofile", "-i"}, "PS1='READY> '; bind 'set bell-style none'; bind 'set enable-bracketed-paste off'; source \"$SCRIPT\"\n"},
	{"zsh", []string{"-f", "-i"}, "PS1='READY> '; unsetopt PROMPT_SP BEEP; autoload -Uz compinit; compinit -u -D; source \"$SCRIPT\"\n"},
	{"fish", []string{"--no-config", "-i"}, "function fish_prompt; echo -n 'READY> '; end; source \"$SCRIPT\"\n"},
}

// typed are lines of which a shell completes the last word, with the words that the program
// is then called with.
var typed = []struct{ line, want string }{
	{"wazedge compl", "completion"},
	{"wazedge cache pru", "cache|prune"},
	{"wazedge --run-mode j", "--run-mode|jit"},
	{"wazedge --run-mode=j", "--run-mode=jit"},
	{"wazedge --dir=/g:my", "--dir=/g:my dir/"},
	{"wazedge my\\ dir/my", "my dir/my app.wat"},
	{"wazedge add.wat mul", "add.wat|multiply"},
	{"wasmedge --run-mode=j", "--run-mode=jit"},
}

// program stands for wazedge and wasmedge: it prints what it is called with, but leaves the
// words of completions to the real one.
const program = `#!/bin/sh
if [ "$1 $2" = "completion words" ]; then exec "$REAL" "$@"; fi
printf 'CALLED:'
for a; do printf '%s|' "$a"; done
echo END
`

// TestCompletionInShells types lines and the tabulator into shells at a terminal.
func TestCompletionInShells(t *testing.T) {
	t.Parallel()
	real, err := exec.LookPath("wazedge")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range shells {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			path, err := exec.LookPath(s.name)
			if err != nil {
				t.Skipf("no %s here", s.name)
			}
			term := startShell(t, real, path, s.name, s.args)
			term.send(s.setup)
			term.send("echo rea''dy\n")
			term.wait("ready")
			for _, c := range typed {
				term.send(c.line + "\t\n")
				want := "CALLED:" + c.want + "|END\r"
				if got := term.wait("|END\r"); !strings.HasSuffix(got, want) {
					t.Errorf("%q was completed to %q, want %q", c.line, got, want)
				}
			}
			if s.name == "bash" { // the others are given what is shown
				term.send("wazedge two/\t\t")
				if got := term.wait("b docs/"); !strings.Contains(got, "a dir/") || strings.Contains(got, "//") {
					t.Errorf("shown are %q", got)
				}
			}
		})
	}
}

// terminal is what a shell is connected with.
type terminal struct {
	t     *testing.T
	file  *os.File
	bytes chan []byte
	seen  string // and not waited for yet
}

// startShell starts a shell in a directory of its own with some modules in it.
func startShell(t *testing.T, real, path, name string, args []string) *terminal {
	t.Helper()
	dir := t.TempDir()
	script, err := exec.Command(real, "completion", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string]string{
		"bin/wazedge": program, "bin/wasmedge": program, "completion": string(script), "my dir/my app.wat": "(module)",
		"two/a dir/x": "", "two/b docs/x": "",
		"add.wat": `(module (func (export "multiply")))`,
	} {
		file = filepath.Join(dir, file)
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_DATA_HOME="+dir, "TERM=xterm", "REAL="+real,
		"SCRIPT="+filepath.Join(dir, "completion"), "PATH="+filepath.Join(dir, "bin")+":"+os.Getenv("PATH"))
	file, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 200})
	if err != nil {
		t.Fatal(err)
	}
	term := &terminal{t: t, file: file, bytes: make(chan []byte, 1000)}
	go func() {
		defer close(term.bytes)
		for {
			b := make([]byte, 4096)
			n, err := file.Read(b)
			if err != nil {
				return
			}
			term.bytes <- b[:n]
			if strings.Contains(string(b[:n]), "\x1b[c") { // fish asks what terminal this is
				file.WriteString("\x1b[?62;c")
			}
		}
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		file.Close()
	})
	return term
}

// send types text.
func (term *terminal) send(text string) {
	term.t.Helper()
	if _, err := term.file.WriteString(text); err != nil {
		term.t.Fatal(err)
	}
}

// wait waits for text on the screen, and returns what came up to its end.
func (term *terminal) wait(text string) string {
	term.t.Helper()
	patience := time.After(time.Minute)
	for {
		if n := strings.Index(term.seen, text); n >= 0 {
			seen := term.seen[:n+len(text)]
			term.seen = term.seen[n+len(text):]
			return seen
		}
		select {
		case b, ok := <-term.bytes:
			if !ok {
				term.t.Fatalf("the shell has ended: %q", term.seen)
			}
			term.seen += string(b)
		case <-patience:
			term.t.Fatalf("waiting for %q: %q", text, term.seen)
		}
	}
}
