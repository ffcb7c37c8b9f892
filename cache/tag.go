package cache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// tagFile marks the directory of a store, for other programs too: backups leave such
// directories out (https://bford.info/cachedir/).
const (
	tagFile = "CACHEDIR.TAG"
	tagText = "Signature: 8a477f597d28d172789f06886806bc55\n# This is a cache of wazedge: everything in it can be made again.\n"
)

// ErrNoStore is the error of removing from a directory that is no store.
var ErrNoStore = errors.New("not a cache of wazedge")

// tag marks the directory, which is there.
func (s *Store) tag() error {
	path := filepath.Join(s.dir, tagFile)
	if _, err := os.Lstat(path); err == nil {
		return nil
	}
	return writeOwn(s.dir, path, [][]byte{[]byte(tagText)})
}

// tagged reports why nothing must be removed from the directory: it is somebody else's.
// Nothing there is nothing to remove.
func (s *Store) tagged() error {
	if _, err := os.Stat(s.dir); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	f, err := openNoFollow(filepath.Join(s.dir, tagFile))
	if err == nil {
		defer f.Close()
		b := make([]byte, len(tagText))
		if n, _ := f.Read(b); string(b[:n]) == tagText {
			return nil
		}
	}
	return fmt.Errorf("%s: %w: it has no %s of wazedge's", s.dir, ErrNoStore, tagFile)
}

// Kinds of names that the store gives files.
func isEntry(name string) bool {
	key, ok := strings.CutSuffix(name, suffix)
	return ok && len(key) == 2*len(Key{}) && consistsOf(key, "0123456789abcdef")
}

func isTemporary(name string) bool {
	random, ok := strings.CutPrefix(name, temporary)
	return ok && random != "" && consistsOf(random, "0123456789")
}

func isLock(name string) bool {
	for _, prefix := range []string{lockPrefix, claimPrefix, ranPrefix} {
		if key, ok := strings.CutPrefix(name, prefix); ok {
			return len(key) == 2 && consistsOf(key, "0123456789abcdef")
		}
	}
	return false
}

func consistsOf(s, letters string) bool { return strings.Trim(s, letters) == "" }
