package cache

import (
	"encoding/binary"
	"os"
	"time"
)

// ranPrefix begins the names of the files that say how long what has a key has run. There are 256 of them, so that they need
// never be removed; of keys that share one, that which has run last is known.
const ranPrefix = "ran-"

// Ran notes that what has the key k has run for d, and returns for how long it has in all. It is a hint: what other processes
// note at the same time may be lost, and a store that cannot be written knows of d alone.
func (s *Store) Ran(k Key, d time.Duration) time.Duration {
	path := s.lockPath(ranPrefix, k)
	total := d
	if b, err := os.ReadFile(path); err == nil && len(b) == len(k)+8 && Key(b[:len(k)]) == k {
		if before := time.Duration(binary.LittleEndian.Uint64(b[len(k):])); before > 0 && total+before > total {
			total += before
		}
	}
	b := binary.LittleEndian.AppendUint64(k[:len(k):len(k)], uint64(total))
	if s.makeDir() == nil {
		_ = os.WriteFile(path, b, 0o600) // a part of it is none
	}
	return total
}
