package engine

import "sync"

// maxSpaces and maxSpaceUsed bound what is kept of the address space of memories that
// are gone, in spaces, and in bytes that the guest could use of one.
const (
	maxSpaces    = 1024
	maxSpaceUsed = 16 << 20
)

// spaces is address space of memories that are gone, for memories to come: the system
// takes its time to make and unmake mappings.
type spaces struct {
	mu     sync.Mutex
	free   []space
	closed bool // nothing is kept any more
}

// take is a space of just size bytes, guarded or not, or nothing.
func (s *spaces) take(size uint64, guarded bool) space {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := len(s.free) - 1; n >= 0; n-- {
		if found := s.free[n]; uint64(len(found.bytes)) == size && found.guarded() == guarded {
			s.free = append(s.free[:n], s.free[n+1:]...)
			return found
		}
	}
	return space{}
}

// give takes back a space, of which a guest could use some, or releases it.
func (s *spaces) give(free space, used uint64) {
	s.mu.Lock()
	full := s.full()
	s.mu.Unlock()
	if full || used > maxSpaceUsed || uint64(len(free.bytes)) <= used || !clearPages(free.bytes[:used]) || !free.retreat(used, 0) {
		free.release()
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full() { // by now
		free.release()
		return
	}
	s.free = append(s.free, free)
}

// full reports whether no more is kept. s.mu is held.
func (s *spaces) full() bool { return s.closed || len(s.free) >= maxSpaces }

// close releases all.
func (s *spaces) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, free := range s.free {
		free.release()
	}
	s.free, s.closed = nil, true
}
