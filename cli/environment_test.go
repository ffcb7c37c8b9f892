package cli

import (
	"os"
	"slices"
	"testing"
)

// TestEnvFile holds how lines of a file of variables are read.
func TestEnvFile(t *testing.T) {
	p := &Process{Environ: func() []string { return []string{"HOME=/home/u", "EMPTY="} }}
	name := t.TempDir() + "/env"
	for _, c := range []struct {
		text string
		want []string // nil where it is refused
	}{
		{"", []string{}},
		{"\ufeffA=1\r\nB=2\r\n", []string{"A=1", "B=2"}},
		{"# A=1\n\n  # B\nC=3", []string{"C=3"}},
		{"export A=1", []string{"A=1"}},
		{"A = 1 # one", []string{"A=1 # one"}},
		{"A=b=c", []string{"A=b=c"}},
		{"A=", []string{"A="}},
		{`A="x\ny\\\"\$"`, []string{"A=x\ny\\\"$"}},
		{`A='x\n"'`, []string{`A=x\n"`}},
		{`A="x`, []string{`A="x`}},
		{"HOME\nEMPTY\nNOT_SET", []string{"HOME=/home/u", "EMPTY="}},
		{"=1", nil},
		{"A B=1", nil},
		{"A=\x00", nil},
	} {
		if err := os.WriteFile(name, []byte(c.text), 0o666); err != nil {
			t.Fatal(err)
		}
		got, err := p.readEnvFile(name)
		if (err != nil) != (c.want == nil) || !slices.Equal(got, c.want) && err == nil {
			t.Errorf("%q: %q, %v, want %q", c.text, got, err, c.want)
		}
	}
}
