package wasi

import "sync"

// maxDescriptors bounds the table when the caller sets no limit.
const maxDescriptors = 1 << 20

// table maps a guest's descriptor numbers to descriptors. New descriptors get
// the lowest free number, as POSIX asks.
type table struct {
	mu    sync.Mutex
	slots []*descriptor
	free  int // no slot below this is free
	used  int
	limit int // of used; 0 for maxDescriptors
}

// get is the descriptor of number n with a reference for the caller, who
// releases it.
func (t *table) get(n fdnum) (*descriptor, Errno) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if uint64(n) >= uint64(len(t.slots)) || t.slots[n] == nil {
		return nil, EBADF
	}
	d := t.slots[n]
	d.refs.Add(1)
	return d, Success
}

// room reports MFILE when the table is full. A caller that opens files asks
// before it does, so that a refused open leaves nothing behind.
func (t *table) room() Errno {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.roomLocked()
}

func (t *table) roomLocked() Errno {
	limit := t.limit
	if limit <= 0 || limit > maxDescriptors {
		limit = maxDescriptors
	}
	if t.used >= limit {
		return EMFILE
	}
	return Success
}

// add puts d under the lowest free number. When the table is full, d is
// released and the number means nothing.
func (t *table) add(d *descriptor) (fdnum, Errno) {
	t.mu.Lock()
	if errno := t.roomLocked(); errno != Success {
		t.mu.Unlock()
		d.release()
		return 0, errno
	}
	defer t.mu.Unlock()
	for t.free < len(t.slots) && t.slots[t.free] != nil {
		t.free++
	}
	n := t.free
	t.set(n, d)
	t.free++
	return fdnum(n), Success
}

// put puts d under number n, which must be free; it is for what a guest starts
// with and does not look at the limit.
func (t *table) put(n fdnum, d *descriptor) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.set(int(n), d)
}

func (t *table) set(n int, d *descriptor) {
	for len(t.slots) <= n {
		t.slots = append(t.slots, nil)
	}
	t.slots[n] = d
	t.used++
}

// remove takes the descriptor of number n out of the table and hands its
// reference to the caller.
func (t *table) remove(n fdnum) (*descriptor, Errno) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if uint64(n) >= uint64(len(t.slots)) || t.slots[n] == nil {
		return nil, EBADF
	}
	return t.take(int(n)), Success
}

func (t *table) take(n int) *descriptor {
	d := t.slots[n]
	t.slots[n] = nil
	t.used--
	t.free = min(t.free, n)
	return d
}

// renumber moves from's descriptor to number to and returns the one that was
// there, whose reference is the caller's. Both must exist. A descriptor moved to
// its own number stays, and nothing is returned.
func (t *table) renumber(from, to fdnum) (*descriptor, Errno) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := uint64(len(t.slots))
	if uint64(from) >= n || uint64(to) >= n || t.slots[from] == nil || t.slots[to] == nil {
		return nil, EBADF
	}
	if from == to {
		return nil, Success
	}
	old := t.slots[to]
	t.slots[to] = t.take(int(from))
	return old, Success
}

// closeAll releases all descriptors.
func (t *table) closeAll() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for n, d := range t.slots {
		if d != nil {
			t.take(n).release()
		}
	}
	t.slots = nil
}
