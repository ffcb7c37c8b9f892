package cache

import (
	"fmt"

	"github.com/rogpeppe/go-internal/lockedfile"
)

const lockSuffix = ".lock"

// Lock waits until no other process makes the entry of k, and keeps them from it
// until the caller unlocks. A process that ends lets go.
func (s *Store) Lock(k Key) (unlock func(), err error) {
	if err := s.makeDir(); err != nil {
		return nil, err
	}
	unlock, err = lockedfile.MutexAt(s.path(k) + lockSuffix).Lock()
	if err != nil {
		return nil, fmt.Errorf("lock cache entry: %w", err)
	}
	return unlock, nil
}
