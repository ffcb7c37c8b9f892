//go:build unix

package doctor

import (
	"os"
	"testing"
)

// TestKeyOfOthers states that a key which others may have read is a problem.
func TestKeyOfOthers(t *testing.T) {
	in := sound(t)
	if err := in.Keyring.Make(); err != nil {
		t.Skipf("no key can be made here: %v", err)
	}
	if err := os.Chmod(in.Keyring.Files()[0], 0o644); err != nil {
		t.Fatal(err)
	}
	if c := find(t, in.Look(), "key"); c.State != Problem || c.Remedy == "" {
		t.Errorf("%+v", c)
	}
}

// TestCacheOfOthers states that a directory which others may write to is a problem.
func TestCacheOfOthers(t *testing.T) {
	in := sound(t)
	if err := os.Chmod(in.Cache.Dir(), 0o777); err != nil {
		t.Fatal(err)
	}
	if c := find(t, in.Look(), "cache"); c.State != Problem || c.Remedy == "" {
		t.Errorf("%+v", c)
	}
}
