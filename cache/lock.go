package cache

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// lockPrefix begins the names of lock files. There are 256 of them, so that they
// need never be removed; keys that share one wait for each other.
const lockPrefix = "lock-"

// Lock waits until no other process makes the entry of k, and keeps them from it
// until the caller unlocks. A process that ends lets go.
func (s *Store) Lock(k Key) (unlock func(), err error) {
	if err := s.makeDir(); err != nil {
		return nil, err
	}
	f, err := lockedfile.OpenFile(s.lockPath(lockPrefix, k), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock cache entry: %w", err)
	}
	return func() { _ = f.Close() }, nil // which unlocks
}

// claimPrefix begins the names of the files by which work is claimed that nobody waits for.
const claimPrefix = "claim-"

// Claim keeps others from claiming k until it is released, without waiting: not ok means that a process has claimed
// it, or another key that shares its file. Who waits by [Store.Lock] is not concerned. Where the system does not tell
// whether files are in use, work may be claimed twice.
func (s *Store) Claim(k Key) (release func(), ok bool) {
	if err := s.makeDir(); err != nil {
		return nil, false
	}
	return claim(s.lockPath(claimPrefix, k))
}

// ErrClaimed is why work is not done that others have claimed, for who tells of it.
var ErrClaimed = errors.New("another process is at it")

// Claimed reports whether a process has claimed k, where the system tells.
func (s *Store) Claimed(k Key) bool { return inUse(s.lockPath(claimPrefix, k)) }

// Busy reports whether a process holds the lock of k, where the system tells.
func (s *Store) Busy(k Key) bool { return inUse(s.lockPath(lockPrefix, k)) }

func (s *Store) lockPath(prefix string, k Key) string {
	return filepath.Join(s.dir, prefix+hex.EncodeToString(k[:1]))
}
