package abi

import (
	"sync"
	"testing"
)

// counted is a resource that knows how many refer to it.
type counted struct {
	mu   sync.Mutex
	refs int
}

func (c *counted) Retain()        { c.add(1) }
func (c *counted) Release() error { c.add(-1); return nil }

func (c *counted) add(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refs += n
}

func TestHandles(t *testing.T) {
	h := Handles[*counted]{First: 3, Limit: 3}
	a, b, c, d := &counted{refs: 1}, &counted{refs: 1}, &counted{refs: 1}, &counted{refs: 1}
	h.Put(1, a)
	for want, r := range map[uint32]*counted{3: b} {
		if n, ok := h.Add(r); n != want || !ok {
			t.Errorf("number %d, %v; want %d", n, ok, want)
		}
	}
	if n, ok := h.Add(c); n != 4 || !ok {
		t.Errorf("number %d, %v; want 4", n, ok)
	}
	if _, ok := h.Add(d); ok || h.Room() || d.refs != 0 {
		t.Error("there is room beyond the limit, or what has none is kept")
	}
	got, ok := h.Get(4)
	if got != c || !ok || c.refs != 2 {
		t.Errorf("%v, %v", got, ok)
	}
	if !h.Renumber(3, 4) || c.refs != 1 || h.Len() != 2 {
		t.Errorf("what was moved over has %d references, and %d are counted", c.refs, h.Len())
	}
	if h.Renumber(4, 3) || !h.Renumber(4, 0) || !h.Renumber(0, 0) {
		t.Error("a number is taken that is not in use, or one below the first is not")
	}
	for _, n := range []uint32{2, 3, 4, 1 << 31} {
		if _, ok := h.Get(n); ok {
			t.Errorf("%d is something", n)
		}
		if _, ok := h.Remove(n); ok {
			t.Errorf("%d is removed", n)
		}
	}
	if r, ok := h.Remove(0); r != b || !ok || b.refs != 1 {
		t.Error("what is removed is not handed over")
	}
	h.Close()
	if a.refs != 0 || h.Len() != 0 {
		t.Error("closing releases not all")
	}
}

// Threads that add, use and remove what they have added do not get in one another's way.
func TestHandlesOfThreads(t *testing.T) {
	var h Handles[*counted]
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				r := &counted{refs: 1}
				n, ok := h.Add(r)
				got, found := h.Get(n)
				if !ok || !found || got != r {
					t.Error("another's")
					return
				}
				got.Release()
				h.Remove(n)
				r.Release()
				if r.refs != 0 {
					t.Errorf("%d references", r.refs)
				}
			}
		})
	}
	wg.Wait()
	if h.Len() != 0 {
		t.Errorf("%d are left", h.Len())
	}
}
