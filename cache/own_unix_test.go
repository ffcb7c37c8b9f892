//go:build unix

package cache

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestEntriesOfOthersAreNotUsed puts files in an entry's place that somebody else
// may have made or may change: they are removed.
func TestEntriesOfOthersAreNotUsed(t *testing.T) {
	for _, test := range []struct {
		name string
		do   func(path string) error
	}{
		{"symbolic link", func(path string) error {
			if err := os.Rename(path, path+".moved"); err != nil {
				return err
			}
			return os.Symlink(path+".moved", path)
		}},
		{"writable by the group", func(path string) error { return os.Chmod(path, 0o660) }},
		{"writable by all", func(path string) error { return os.Chmod(path, 0o602) }},
		{"of another user", func(path string) error {
			if os.Geteuid() != 0 {
				return errors.ErrUnsupported
			}
			return os.Chown(path, 12345, -1)
		}},
	} {
		s, _ := newStore(t, 0)
		c := sample("module", 1)
		put(t, s, c)
		err := test.do(s.path(c.Key))
		if errors.Is(err, errors.ErrUnsupported) {
			continue // only root gives files away
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Get(c.Key); !errors.Is(err, ErrCorrupt) || !errors.Is(err, ErrNone) {
			t.Errorf("%s: get: %v, want ErrCorrupt and ErrNone", test.name, err)
		}
		if _, err := os.Lstat(s.path(c.Key)); !os.IsNotExist(err) {
			t.Errorf("%s: still there: %v", test.name, err)
		}
	}
}

func TestDirectoryOfOthersIsNotUsed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := New(dir, Options{Keyring: testKeyring}).Put(sample("module", 1)); err == nil {
		t.Error("put into a directory that others may write to succeeds")
	}
}
