package exec

// What a component passes is as large as it says: lists may lie over each other in its memory,
// so that a few bytes of it stand for any number of values. What the host takes of memory for a
// call is therefore counted, and what it does is cut into pieces that look at the time.

const (
	// valueSize is about what a [Value] takes of the host's memory.
	valueSize = 64
	// freely is how much a call takes without asking.
	freely = 4 << 10
	// taking is how much it asks for at once, if that is enough.
	taking = 64 << 10
	// working is after how much work it looks at the time: bytes that are looked at, or
	// [valueSize] for each value.
	working = 1 << 18
)

// bounds are what one side of a call has taken and done.
type bounds struct {
	store *Store
	free  uint64 // bytes that it may take without asking
	taken uint64 // bytes, of the bound of memory
	done  uint64 // since it has looked at the time
}

// take takes n bytes of the host's memory until the call ends.
func (b *bounds) take(n uint64) error {
	if n > b.free {
		more := max(n-b.free, taking)
		if err := b.store.take(more, "values"); err != nil {
			return err
		}
		b.taken, b.free = b.taken+more, b.free+more
	}
	b.free -= n
	return nil
}

// end gives back what was taken.
func (b *bounds) end() {
	if b.taken > 0 {
		b.store.Linked.Give(b.taken)
	}
}

// Held is what the embedder of a store holds for a call, beside what the call does.
type Held struct{ bounds }

// Hold is what the embedder holds for a call of s, nothing yet. It ends with [Held.Release].
func (s *Store) Hold() *Held { return &Held{bounds{store: s, free: freely}} }

// More takes n bytes more, of the bound of memory, for work that is in proportion to them. The
// error is why there is to be no more of it.
func (h *Held) More(n int) error {
	if err := h.take(uint64(n)); err != nil {
		return err
	}
	return h.work(uint64(n))
}

// Release gives back what is held.
func (h *Held) Release() { h.end() }

// work is why the call is to end before n more bytes are worked on, or nil.
func (b *bounds) work(n uint64) error {
	if b.done += n; b.done < working {
		return nil
	}
	b.done = 0
	return b.store.Linked.Pause()
}

// values are n values of a list, a record or a tuple.
func (b *bounds) values(n uint64) ([]Value, error) {
	if err := b.take(n * valueSize); err != nil {
		return nil, err
	}
	return make([]Value, n), b.work(valueSize)
}

// copy copies from, to memory in pieces.
func (p *passing) copy(at uint64, from []byte) error {
	to := p.memory()[at:]
	for len(from) > 0 {
		n := min(len(from), 8*working)
		copy(to, from[:n])
		to, from = to[n:], from[n:]
		if err := p.work(uint64(n) / 8); err != nil {
			return err
		}
	}
	return nil
}
