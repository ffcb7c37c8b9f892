package guests

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestComponentsOfOtherTools runs components that others' tools have made: programs of preview 1
// in C and Rust with the public adapter, one in Rust for WASI 0.2, and two that are composed.
// What they print, their status and the files they leave are those of Node, by `jco run`
// (testdata/components/node.mjs), save for the files of report, which its file system does not
// know how to open.
func TestComponentsOfOtherTools(t *testing.T) {
	const input = "some text\nof lines\n"
	for _, c := range []struct {
		args          []string
		stdin, stdout string
		stderr        string // which is all of it, unless empty
		status        int
		tree          string
	}{
		{args: []string{"hello"}, stdout: "Hello, world!\n", tree: "in"},
		{args: []string{"files_c", "/data/in", "/data/out"}, stdout: "19 bytes written, 19 read back\n", tree: "in out=SOME TEXT\nOF LINES\n"},
		{args: []string{"files_c", "/data/in", "/data/../x"}, stderr: "files_c: create /data/../x: Operation not permitted\n", status: 1, tree: "in"},
		{args: []string{"files_c", "/elsewhere/in", "/data/x"}, stderr: "files_c: open /elsewhere/in: Capabilities insufficient\n", status: 1, tree: "in"},
		{args: []string{"files_c", "/data/none", "/data/x"}, stderr: "files_c: open /data/none: No such file or directory\n", status: 1, tree: "in"},
		{args: []string{"files_rust", "/data"}, stdout: "file1 10\nfile2 20\nrenamed 0\n", tree: "in"},
		{args: []string{"report", "exit"}, stdout: "[\"exit\"] A=Some(\"1\")\n", status: 1, tree: "in"},
		{args: []string{"report", "/data/none", "/data/o/out"}, stdout: "[\"/data/none\", \"/data/o/out\"] A=Some(\"1\")\n", stderr: "report: NotFound\n", status: 1, tree: "in"},
		{
			args: []string{"report", "/data/in", "/data/o/out"}, stdin: "Text of more",
			stdout: "[\"/data/in\", \"/data/o/out\"] A=Some(\"1\")\n5 different words, 34 bytes\nout\n",
			tree:   "in o/out=2 of\n2 text\n1 lines\n1 more\n1 some\n",
		},
		{
			args: []string{"pair"}, stdin: "one two\nthree\n",
			stdout: "41: one two\n42: three\nOk(Stats { words: 3, longest: Some(\"three\") }) (\"näme!\", 5)\n5050\nErr(\"a tab in \\\"a\\\\tb\\\"\")\n",
			tree:   "in",
		},
	} {
		t.Run(strings.ReplaceAll(strings.Join(c.args, " "), "/", "|"), func(t *testing.T) {
			dir := t.TempDir()
			writeFile(t, dir, "in", []byte(input))
			cmd := command(t, "wazedge", append([]string{"--env", "A=1", "--dir", "/data:" + dir, guest(t, "components/"+c.args[0]+".wasm")}, c.args[1:]...)...)
			cmd.Stdin = strings.NewReader(c.stdin)
			o := finish(t, cmd)
			o.want(t, c.stdout, c.status)
			if c.stderr != "" && o.stderr != c.stderr {
				t.Errorf("stderr %q, want %q", o.stderr, c.stderr)
			}
			var tree []string
			err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				b, err := os.ReadFile(path)
				name, _ := filepath.Rel(dir, path)
				if name = filepath.ToSlash(name); name != "in" || string(b) != input {
					name += "=" + string(b)
				}
				tree = append(tree, name)
				return err
			})
			if got := strings.Join(tree, " "); err != nil || got != c.tree {
				t.Errorf("files %q, %v; want %q", got, err, c.tree)
			}
		})
	}
}
