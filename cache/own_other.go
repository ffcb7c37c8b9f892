//go:build !unix

package cache

import "os"

// openOwn opens an entry's file. The user's directory for caches is not open to
// others on the systems without Unix's owners and modes.
func openOwn(path string) (*os.File, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, corrupt("not a regular file")
	}
	return os.Open(path)
}

func ownDir(string) error { return nil }

// inUse reports whether a process is reading the entry at path: such a file cannot
// be removed on Windows anyway.
func inUse(string) bool { return false }
