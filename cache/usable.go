package cache

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Usable reports why nothing can be kept in the store, by trying; nothing stays of that.
func (s *Store) Usable() error {
	info, err := os.Stat(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return makeable(s.dir)
	}
	if err == nil && !info.IsDir() {
		err = &fs.PathError{Op: "open", Path: s.dir, Err: errors.New("not a directory")}
	}
	if err == nil {
		err = ownDir(s.dir)
	}
	if err != nil {
		return err
	}
	name, err := writeTemporary(s.dir, nil)
	if err != nil {
		return err
	}
	return os.Remove(name)
}

// makeable reports why the directory dir, which is not there, cannot be made.
func makeable(dir string) error {
	parent := filepath.Dir(dir)
	if _, err := os.Stat(parent); errors.Is(err, fs.ErrNotExist) && parent != dir {
		return makeable(parent)
	}
	name, err := os.MkdirTemp(parent, temporary+"*")
	if err != nil {
		return err
	}
	return os.Remove(name)
}

// Check reports why the user's secret is not used: an error of [fs.ErrNotExist] if it is
// only not made yet.
func (k *Keyring) Check() error {
	_, err := readSecret(k.dir)
	return err
}
