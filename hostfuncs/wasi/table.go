package wasi

import "sync"

// maxDescriptors bounds the table when the caller sets no limit.
const maxDescriptors = 1 << 20

// firstNew is the lowest number of a new descriptor. Those below it are the
// standard streams' even when they are closed: what a program writes to one must
// not go to a file that it has opened since.
const firstNew = 3

// table maps a guest's descriptor numbers to descriptors. New descriptors get
// the lowest free number, as POSIX asks, but none of a standard stream.
type table struct {
	mu    sync.Mutex
	slots []*descriptor
	free  int // no slot from firstNew to below this is free
	used  int
	limit int // of used; 0 for maxDescriptors
}

// get is the descriptor of number n with a reference for the caller, who
// releases it.
func (t *table) get(n fdnum) (*descriptor, Errno) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.open(n) {
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
	t.free = max(t.free, firstNew)
	for t.free < len(t.slots) && t.slots[t.free] != nil {
		t.free++
	}
	n := t.free
	t.set(n, d)
	t.free++
	return fdnum(n), Success
}

// put puts d under number n; it is for what a guest starts with and does not look
// at the limit. What a start function has opened under that number is closed.
func (t *table) put(n fdnum, d *descriptor) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.open(n) {
		t.take(int(n)).release()
	}
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
	if !t.open(n) {
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
// there, whose reference is the caller's, or nil. Both must be open, but for to if
// it is a standard stream's number. A descriptor moved to its own number stays,
// and nothing is returned.
func (t *table) renumber(from, to fdnum) (*descriptor, Errno) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.open(from) || !t.open(to) && to >= firstNew {
		return nil, EBADF
	}
	if from == to {
		return nil, Success
	}
	var old *descriptor
	if t.open(to) {
		old = t.take(int(to))
	}
	t.set(int(to), t.take(int(from)))
	return old, Success
}

// open reports whether number n stands for a descriptor.
func (t *table) open(n fdnum) bool {
	return uint64(n) < uint64(len(t.slots)) && t.slots[n] != nil
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
