package cli

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestComplete holds what the last word of a line may become.
func TestComplete(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"add.wat": `(module (func (export "add") (param i32)) (func (export "sub")) (memory (export "memory") 1))`,
		"run.wat": `(module (func (export "_start")) (func (export "add")))`, "in.txt": "", ".hidden.wat": "",
		"my dir/my app.wat": "", "data/sub/x": "",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		program string
		words   []string // the last one is completed
		want    []string
	}{
		{"wazedge", []string{"comp"}, []string{"compile", "completion"}},
		{"wasmedge", []string{"com"}, []string{"compile"}},
		{"wasmedgec", []string{"com"}, nil},
		{"wazedge", []string{"cache", "pr"}, []string{"prune"}},
		{"wazedge", []string{"help", "statis"}, []string{"statistics"}},
		{"wazedge", []string{"help", "cache", "li"}, []string{"list"}},
		{"wazedge", []string{"completion", "f"}, []string{"fish"}},
		{"wazedge", []string{"--run-m"}, []string{"--run-mode"}},
		{"wazedge", []string{"--vers"}, []string{"--version"}},
		{"wazedge", []string{"run", "--vers"}, nil},
		{"wazedge", []string{"compile", "--opt"}, []string{"--optimize"}},
		{"wasmedgec", []string{"--opt"}, []string{"--optimize"}},
		{"wazedge", []string{"--run-mode", ""}, []string{"interpreter", "jit", "aot"}},
		{"wazedge", []string{"--run-mode=j"}, []string{"--run-mode=jit"}},
		{"wazedge", []string{"run", "--run-mode=j"}, []string{"--run-mode=jit"}},
		{"wazedge", []string{"--nosuch=j"}, nil},
		{"wazedge", []string{"--reactor=j"}, nil},
		{"wazedge", []string{"--dir", ""}, []string{"data/", "my dir/"}},
		{"wazedge", []string{"--dir", "data/"}, []string{"data/sub/"}},
		{"wazedge", []string{"--dir=/g:m"}, []string{"--dir=/g:my dir/"}},
		{"wazedge", []string{"--dir", "/g:data:reado"}, []string{"/g:data:readonly"}},
		{"wazedge", []string{"--env", "SCR"}, []string{"SCREEN"}},
		{"wazedge", []string{"--env-file", "in"}, []string{"in.txt"}},
		{"wazedge", []string{"--module", "lib=ad"}, []string{"lib=add.wat"}},
		{"wazedge", []string{"a"}, []string{"add.wat"}},
		{"wazedge", []string{"my dir/"}, []string{"my dir/my app.wat"}},
		{"wazedge", []string{".h"}, []string{".hidden.wat"}},
		{"wazedge", []string{"--time-limit", "5", "a"}, []string{"add.wat"}},
		{"wazedge", []string{"in"}, []string{"instantiate", "inspect", "in.txt"}},
		{"wazedge", []string{"add.wat", "s"}, []string{"sub"}},
		{"wazedge", []string{"add.wat", "add", "in"}, []string{"in.txt"}},
		{"wazedge", []string{"run.wat", "a"}, []string{"add.wat"}},
		{"wazedge", []string{"--reactor", "run.wat", "a"}, []string{"add", "add.wat"}},
		{"wazedge", []string{"compile", "add.wat", "r"}, []string{"run.wat"}},
		{"wazedge", []string{"--", "comp"}, nil},
		{"wazedge", []string{"add.wat", "--ru"}, nil},
	} {
		p := &Process{Args: []string{c.program}, Getenv: func(string) string { return "" }, Environ: func() []string { return []string{"SCREEN=1"} }}
		var got []string
		for _, found := range p.complete(c.words) {
			got = append(got, found.word)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s %q: %q, want %q", c.program, c.words, got, c.want)
		}
	}
}

// TestBashWords holds how a line of bash is parted.
func TestBashWords(t *testing.T) {
	for _, c := range []struct {
		line  string
		words []string
		strip string
	}{
		{"wazedge ", []string{""}, ""},
		{"wazedge --run-mode ", []string{"--run-mode", ""}, ""},
		{"wazedge --run-mode=j", []string{"--run-mode=j"}, "--run-mode="},
		{"wazedge  --dir=g:h", []string{"--dir=g:h"}, "--dir=g:"},
		{`wazedge my\ dir/x`, []string{"my dir/x"}, ""},
		{`wazedge "my dir/x`, []string{"my dir/x"}, ""},
		{`wazedge "a=b:c`, []string{"a=b:c"}, ""},
		{`wazedge it\'s "it's" 'a\b' c`, []string{"it's", "it's", `a\b`, "c"}, ""},
	} {
		if words, strip := bashWords(c.line, "=:"); !slices.Equal(words, c.words) || strip != c.strip {
			t.Errorf("%q: %q, %q, want %q, %q", c.line, words, strip, c.words, c.strip)
		}
	}
}
