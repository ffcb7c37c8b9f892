package doctor

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/internal/legible"
	"github.com/wazedge/wazedge/internal/machine"
)

// sound is an installation in a directory of its own with nothing wrong.
func sound(t *testing.T) *Installation {
	t.Helper()
	dir := t.TempDir()
	bin := filepath.Join(dir, "bin")
	for _, d := range []string{bin, filepath.Join(dir, "keys"), filepath.Join(dir, "cache")} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	self := filepath.Join(bin, executable("wazedge"))
	if err := os.WriteFile(self, []byte("#!"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin)
	k := cache.NewKeyring(filepath.Join(dir, "keys"), nil)
	return &Installation{
		Version: "wazedge", Keyring: k, Cache: cache.New(filepath.Join(dir, "cache"), cache.Options{Keyring: k, Limit: 1 << 20}),
		Self: self, Getenv: func(string) string { return "" }, Memory: 8 << 30,
	}
}

// find is the check of that name.
func find(t *testing.T, list []Check, name string) Check {
	t.Helper()
	for _, c := range list {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("no check of %s", name)
	return Check{}
}

// TestSoundInstallation states that nothing is wrong with one that is as it should be,
// before and after the key is made.
func TestSoundInstallation(t *testing.T) {
	in := sound(t)
	for range 2 {
		if list := in.Look(); Problems(list) > 0 {
			t.Errorf("%s", Text(list))
		}
		if err := in.Keyring.Make(); err != nil {
			t.Skipf("no key can be made here: %v", err)
		}
	}
}

// TestProblems states what is found to be wrong, and that each says what to do.
func TestProblems(t *testing.T) {
	for name, tc := range map[string]struct {
		harm  func(*testing.T, *Installation)
		check string
		state State
		text  string
	}{
		"no home": {func(_ *testing.T, in *Installation) {
			in.Cache, in.NoCache = nil, errors.New("$HOME is not defined")
		}, "cache", Problem, "$HOME"},
		"no keyring": {func(_ *testing.T, in *Installation) {
			in.Keyring, in.NoKeys = nil, errors.New("$HOME is not defined")
		}, "key", Problem, "$HOME"},
		"cache is a file": {func(t *testing.T, in *Installation) {
			if err := errors.Join(os.Remove(in.Cache.Dir()), os.WriteFile(in.Cache.Dir(), nil, 0o600)); err != nil {
				t.Fatal(err)
			}
		}, "cache", Problem, "not a directory"},
		"cache that is not there yet": {func(t *testing.T, in *Installation) {
			if err := os.Remove(in.Cache.Dir()); err != nil {
				t.Fatal(err)
			}
		}, "cache", OK, "0 entries"},
		"little memory": {func(_ *testing.T, in *Installation) { in.Memory = 64 << 20 }, "memory", Note, "64.0 MiB"},
		"few files":     {func(_ *testing.T, in *Installation) { in.Limits = []machine.Limit{{Name: "openFiles", Value: 10}} }, "open files", Note, "10: "},
		"enough files":  {func(_ *testing.T, in *Installation) { in.Limits = []machine.Limit{{Name: "openFiles", Value: 1024}} }, "open files", OK, "1024"},
		"short files":   {func(_ *testing.T, in *Installation) { in.Limits = []machine.Limit{{Name: "fileSize", Value: 1 << 30}} }, "file size", Note, "1.0 GiB"},
		"no limit": {func(_ *testing.T, in *Installation) {
			in.Limits = []machine.Limit{{Name: "addressSpace", Unlimited: true}}
		}, "address space", OK, "no limit"},
		"native plug-ins":  {func(_ *testing.T, in *Installation) { in.Getenv = func(string) string { return "/x\x1b[1m" } }, "plug-ins", Note, `/x\x1b[1m`},
		"not in PATH":      {func(t *testing.T, _ *Installation) { t.Setenv("PATH", t.TempDir()) }, "wazedge", Note, "not found"},
		"another wasmedge": {func(t *testing.T, in *Installation) { program(t, in, "wasmedge") }, "wasmedge", Note, "another program"},
		"a link": {func(t *testing.T, in *Installation) {
			if err := os.Link(in.Self, filepath.Join(filepath.Dir(in.Self), executable("wasmedge"))); err != nil {
				t.Skip(err)
			}
		}, "wasmedge", OK, "is this program"},
	} {
		t.Run(name, func(t *testing.T) {
			in := sound(t)
			tc.harm(t, in)
			list := in.Look()
			c := find(t, list, tc.check)
			if c.State != tc.state || !strings.Contains(c.Text, tc.text) || c.State != OK && c.Remedy == "" {
				t.Errorf("%+v, want %s with %q", c, tc.state, tc.text)
			}
			if (Problems(list) > 0) != (tc.state == Problem) {
				t.Errorf("%d problems: %s", Problems(list), Text(list))
			}
			for _, line := range strings.Split(Text(list), "\n") {
				if utf8.RuneCountInString(line) > legible.Screen && !strings.Contains(line, "/") {
					t.Errorf("wider than the screen: %s", line)
				}
			}
		})
	}
}

// program makes another program of that name, in the same directory.
func program(t *testing.T, in *Installation, name string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(filepath.Dir(in.Self), executable(name)), []byte("#!"), 0o755); err != nil {
		t.Fatal(err)
	}
}
