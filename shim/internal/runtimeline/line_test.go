package runtimeline_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/shim/internal/runtimeline"
)

// TestParse reads the command lines of containerd, Podman, CRI-O and people.
func TestParse(t *testing.T) {
	for _, tc := range []struct {
		line, command, log, root, bundle, process string
		json                                      bool
		words                                     string
	}{
		{line: "--root /r --log /l --log-format json create --bundle /b --pid-file /p --console-socket /s id", command: "create", log: "/l", root: "/r", bundle: "/b", json: true, words: "id"},
		{line: "--systemd-cgroup --log=/l create -b /b --no-pivot --preserve-fds=2 id", command: "create", log: "/l", bundle: "/b", words: "id"},
		{line: "--root=/r exec --process /j --detach --pid-file /p id", command: "exec", root: "/r", process: "/j", words: "id"},
		{line: "exec -p /j -d id", command: "exec", process: "/j", words: "id"},
		{line: "exec --tty --env A=1 --cwd /x id /m.wasm --root /no -b", command: "exec", words: "id /m.wasm --root /no -b"},
		{line: "exec id -- /m.wasm", command: "exec", words: "id -- /m.wasm"},
		{line: "state id", command: "state", words: "id"},
		{line: "--version"},
		{line: "--root"},
		{line: ""},
		{line: "create --bundle", command: "create"},
	} {
		l := runtimeline.Parse(strings.Fields(tc.line))
		bundle, _ := l.Option("bundle", "b")
		process, _ := l.Option("process", "p")
		if l.Command != tc.command || l.Log != tc.log || l.Root != tc.root || bundle != tc.bundle || process != tc.process || l.JSONLog != tc.json || strings.Join(l.Words(), " ") != tc.words {
			t.Errorf("%q: %+v, bundle %q, process %q, words %q", tc.line, l, bundle, process, l.Words())
		}
	}
}

// TestChanged states what becomes of lines that are changed, and that they themselves stay.
func TestChanged(t *testing.T) {
	for _, tc := range []struct{ line, name, value, want string }{
		{"--root /r create --bundle /b id", "preserve-fds", "1", "--root /r create --preserve-fds 1 --bundle /b id"},
		{"create --preserve-fds=2 id", "preserve-fds", "3", "create --preserve-fds=3 id"},
		{"create --preserve-fds 2 id", "preserve-fds", "3", "create --preserve-fds 3 id"},
	} {
		l := runtimeline.Parse(strings.Fields(tc.line))
		if got := l.WithOption(tc.value, tc.name); strings.Join(got, " ") != tc.want {
			t.Errorf("%q: %q", tc.line, got)
		}
		if strings.Join(l.Args, " ") != tc.line {
			t.Errorf("%q has become %q", tc.line, l.Args)
		}
	}
	l := runtimeline.Parse(strings.Fields("exec -t id /a b"))
	if got := l.WithWords("id", "/c"); !slices.Equal(got, []string{"exec", "-t", "id", "/c"}) {
		t.Errorf("%q", got)
	}
}

// FuzzParse states that no line is read beyond its end.
func FuzzParse(f *testing.F) {
	f.Add("--root /r create --bundle /b id")
	f.Add("exec -p")
	f.Fuzz(func(t *testing.T, text string) {
		l := runtimeline.Parse(strings.Fields(text))
		l.Option("bundle", "b")
		l.Words()
		l.WithOption("x", "process", "p")
		l.WithWords("x")
	})
}
