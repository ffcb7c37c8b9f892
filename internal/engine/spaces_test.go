package engine

import (
	"math/rand/v2"
	"sync"
	"testing"
)

// dirty fills all that a guest may touch.
func dirty(b []byte) {
	for i := 0; i < len(b); i += 512 {
		b[i], b[i+511] = 1, 1
	}
}

// clean reports whether all of b that dirty fills is zero.
func clean(b []byte) bool {
	for i := 0; i < len(b); i += 512 {
		if b[i] != 0 || b[i+511] != 0 {
			return false
		}
	}
	return true
}

// TestNewMemoriesHaveNothingOfOldOnes makes memories of all kinds, by several goroutines,
// in the address space of ones that are gone, and grows them to their ends.
func TestNewMemoriesHaveNothingOfOldOnes(t *testing.T) {
	var s spaces
	defer s.close()
	kinds := []struct {
		minimum, maximum uint64 // pages
		pinned, moved    bool
	}{
		{1, 4, false, false}, {4, 4, false, false}, {0, 4, false, false}, {1, 4, true, false},
		{1, 40000, false, false}, // with room in front that nobody may touch
		{1, 300, false, false},   // more than is kept, if all of it is used
		{1, 64, false, true},     // where less was reserved, and it moved
	}
	var group sync.WaitGroup
	for seed := range uint64(4) {
		group.Go(func() {
			random := rand.New(rand.NewPCG(seed, 1))
			for range 60 {
				k := kinds[random.IntN(len(kinds))]
				if k.maximum*pageSize > maxReservation {
					continue
				}
				a := &instanceAllocator{allocator: &allocator{limit: MaxPages * pageSize, spaces: &s}, pinned: k.pinned}
				m := a.Allocate(k.minimum*pageSize, k.maximum*pageSize).(*region)
				if k.moved {
					m.bytes = m.bytes[: k.minimum*pageSize : k.minimum*pageSize]
				}
				used, size := uint64(0), k.minimum
				for {
					b := m.Reallocate(size * pageSize)
					if b == nil {
						t.Errorf("no memory of %d pages", size)
						break
					}
					if !clean(b[used*pageSize:]) {
						t.Errorf("%+v: pages from %d to %d are not zero", k, used, size)
					}
					dirty(b)
					used = size
					if size += uint64(1 + random.IntN(40)); size > min(k.maximum, 300) {
						break
					}
				}
				m.Free()
			}
		})
	}
	group.Wait()
	if n := len(s.free); n > maxSpaces {
		t.Errorf("%d spaces are kept", n)
	}
}

// TestSpacesOfAClosedRuntimeAreReleased gives back what outlives the others.
func TestSpacesOfAClosedRuntimeAreReleased(t *testing.T) {
	var s spaces
	a := &instanceAllocator{allocator: &allocator{limit: MaxPages * pageSize, spaces: &s}}
	m := a.Allocate(pageSize, 4*pageSize).(*region)
	m.Reallocate(pageSize)
	s.close()
	m.Free()
	if len(s.free) != 0 {
		t.Error("address space is kept for nobody")
	}
}

// TestBudgetsGetBackWhatCloses frees memories that have grown, that were refused, and that
// were freed before.
func TestBudgetsGetBackWhatCloses(t *testing.T) {
	b := NewBudget(0, func() uint64 { return freeBytes + 10*pageSize })
	a := &allocator{limit: MaxPages * pageSize, budget: b}
	for _, unlimited := range []bool{false, true} {
		m := (&instanceAllocator{allocator: a, unlimited: unlimited}).Allocate(3*pageSize, 5000*pageSize).(*region)
		for _, pages := range []uint64{3, 500, 5000, 510, 70000} {
			m.Reallocate(pages * pageSize)
		}
		m.Free()
		m.Free()
		if n := b.taken.Load(); n != 0 {
			t.Errorf("unlimited %v: %d bytes are still taken", unlimited, n)
		}
	}
}
