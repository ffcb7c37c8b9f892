package cli

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var updateHelp = flag.Bool("update-help", false, "write wazedge's own help to the expected files")

// TestWasmedgeHelp compares the help with what WasmEdge 0.17.1 printed, byte by
// byte. The files are recorded: there is no way to update them.
func TestWasmedgeHelp(t *testing.T) {
	for _, tc := range []struct {
		file string
		args []string
	}{
		{"wasmedge.txt", []string{"--help"}},
		{"run.txt", []string{"run", "-h"}},
		{"compile.txt", []string{"compile", "--help"}},
	} {
		var b strings.Builder
		writeWasmedgeHelp(&b, parseLine(t, append([]string{"wasmedge"}, tc.args...)), colours)
		compareFile(t, filepath.Join("testdata/help", tc.file), b.String(), false)
	}
}

// TestOwnHelp compares wazedge's help of every command and group with files, and
// wants lines that fit a terminal, and groups that fit a screen.
func TestOwnHelp(t *testing.T) {
	var b strings.Builder
	writeHelp(&b, parseLine(t, []string{"wazedge"}), plain)
	for _, c := range ownCommands() {
		b.WriteString("\n======== " + c.name + "\n")
		p := Process{Args: []string{"wazedge"}}
		var version toggle
		writeHelp(&b, line{syntax: p.syntax(&version).child(c.name), path: []string{"wazedge", c.name}}, plain)
	}
	for g := range groups {
		var one strings.Builder
		writeGroup(&one, group(g), ^tools(0), plain)
		if n := strings.Count(one.String(), "\n"); n > 30 {
			t.Errorf("group %q has %d lines: it does not fit a screen", groups[g].name, n)
		}
		b.WriteString("\n======== group " + groups[g].name + "\n" + one.String())
	}
	for l := range strings.Lines(b.String()) {
		if n := len(strings.TrimSuffix(l, "\n")); n > 80 {
			t.Errorf("line of %d bytes: %s", n, l)
		}
	}
	compareFile(t, "testdata/help/wazedge.txt", b.String(), *updateHelp)
}

// parseLine parses a command line that is right.
func parseLine(t *testing.T, args []string) line {
	t.Helper()
	p := Process{Args: args}
	var version toggle
	l, err := p.syntax(&version).parse(args[:1], args[1:])
	if err != nil {
		t.Fatalf("%q: %v", args, err)
	}
	return l
}

// compareFile wants got to be what the file holds, or with update writes it.
func compareFile(t *testing.T, name, got string, update bool) {
	t.Helper()
	if update {
		if err := os.WriteFile(name, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	wantLines, gotLines := strings.Split(string(want), "\n"), strings.Split(got, "\n")
	for i := range max(len(wantLines), len(gotLines)) {
		if i >= len(wantLines) || i >= len(gotLines) || wantLines[i] != gotLines[i] {
			t.Fatalf("differs from %s in line %d:\n got %q\nwant %q", name, i+1, at(gotLines, i), at(wantLines, i))
		}
	}
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(end)"
}
