//go:build !unix

package cache

import (
	"fmt"
	"os"
)

// openNoFollow opens a file to be read that is no symbolic link.
func openNoFollow(path string) (*os.File, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: %w: not a regular file", path, errUnsafe)
	}
	return os.Open(path)
}

// openOwn opens an entry's file. The user's directories are not open to others on the
// systems without Unix's owners and modes.
func openOwn(path string) (*os.File, error) {
	f, err := openNoFollow(path)
	if err != nil && !os.IsNotExist(err) {
		return nil, corrupt(err.Error())
	}
	return f, err
}

func checkOwner(*os.File) error { return nil }

func checkTrustee(*os.File) error { return nil }

func ownSecret(*os.File, string) error { return nil }

func ownDir(dir string) error { return ownPath(dir) }

// Trusted reports whether dir is there.
func Trusted(dir string) error { return ownPath(dir) }

// ownPath reports whether dir is there.
func ownPath(dir string) error {
	_, err := os.Stat(dir)
	return err
}

// inUse reports whether a process is reading the entry at path: such a file cannot
// be removed on Windows anyway.
func inUse(string) bool { return false }

// claim claims nothing.
func claim(string) (release func(), ok bool) { return func() {}, true }
