package engine

import (
	"testing"
	"unsafe"
)

// of is the memory of an allocator with the limit in pages, made with a minimum
// and a maximum of pages.
func of(t *testing.T, limit, minimum, maximum uint64, pinned bool) *region {
	t.Helper()
	a := &instanceAllocator{allocator: &allocator{limit: limit * pageSize, limited: true}, pinned: pinned}
	t.Cleanup(a.allocator.close)
	m := a.Allocate(minimum*pageSize, maximum*pageSize).(*region)
	if b := m.Reallocate(minimum * pageSize); uint64(len(b)) != minimum*pageSize {
		t.Fatalf("memory of %d pages has %d bytes", minimum, len(b))
	}
	return m
}

func TestGrowthKeepsAddressAndContents(t *testing.T) {
	if !backedLazily {
		t.Skip("this system has no address space to reserve")
	}
	for _, pinned := range []bool{false, true} {
		m := of(t, MaxPages, 1, 100, pinned)
		b := m.Reallocate(pageSize)
		b[pageSize-1] = 7
		for pages := uint64(2); pages <= 100; pages++ {
			g := m.Reallocate(pages * pageSize)
			if unsafe.SliceData(g) != unsafe.SliceData(b) {
				t.Fatalf("pinned %v: memory has moved at %d pages", pinned, pages)
			}
			if g[pageSize-1] != 7 || g[pages*pageSize-1] != 0 {
				t.Fatalf("pinned %v: contents have changed at %d pages", pinned, pages)
			}
			g[pages*pageSize-1] = 0
		}
	}
}

func TestReservationIsCapped(t *testing.T) {
	for _, tc := range []struct{ limit, minimum, maximum, want uint64 }{
		{MaxPages, 1, 3, 3},
		{5, 1, 100, 5},
		{5, 1, 3, 3},
		{MaxPages, 0, 0, 0},
	} {
		if !backedLazily {
			tc.want = tc.minimum
		}
		m := of(t, tc.limit, tc.minimum, tc.maximum, false)
		if got := uint64(len(m.bytes)) / pageSize; got != tc.want {
			t.Errorf("limit %d, minimum %d, maximum %d: %d pages are reserved, want %d",
				tc.limit, tc.minimum, tc.maximum, got, tc.want)
		}
	}
}

func TestGrowthBeyondLimitFailsAndIsReported(t *testing.T) {
	m := of(t, 4, 1, 100, false)
	refused := 0
	m.allocator.refused = func() { refused++ }
	if b := m.Reallocate(4 * pageSize); b == nil || refused != 0 {
		t.Errorf("growth to the limit: %d bytes, reported %d times", len(b), refused)
	}
	if b := m.Reallocate(5 * pageSize); b != nil || refused != 1 {
		t.Errorf("growth beyond the limit: %d bytes, reported %d times, want none and once", len(b), refused)
	}
}

func TestWideMemoryNeverHasTheLastPage(t *testing.T) {
	refused := 0
	a := &instanceAllocator{allocator: &allocator{limit: MaxPages * pageSize, refused: func() { refused++ }}, wide: true}
	t.Cleanup(a.allocator.close)
	m := a.Allocate(0, MaxPages*pageSize).(*region)
	if b := m.Reallocate(MaxPages * pageSize); b != nil || refused != 1 {
		t.Errorf("growth to %d pages: %d bytes, reported %d times, want none and once", uint64(MaxPages), len(b), refused)
	}
}

func TestGrowthBeyondReservationMovesContents(t *testing.T) {
	m := of(t, MaxPages, 1, 1, false)
	m.Reallocate(pageSize)[42] = 9
	b := m.Reallocate(3 * pageSize)
	if len(b) != 3*pageSize || b[42] != 9 {
		t.Errorf("%d bytes after the move, byte 42 is %d", len(b), b[42])
	}
	m.pinned = true
	if b := m.Reallocate(100 * pageSize); b != nil {
		t.Error("a shared memory has moved")
	}
}

func TestFreeTwice(t *testing.T) {
	m := of(t, MaxPages, 1, 2, false)
	m.Free()
	m.Free()
	if m.bytes != nil {
		t.Error("a freed memory keeps its reservation")
	}
}

// TestNothingBelow looks at what is in front of memories that may be so large that
// machine code could take their addresses for negative: where there is that much address
// space, which 32 bits have not.
func TestNothingBelow(t *testing.T) {
	if !backedLazily {
		t.Skip("this system has no address space to reserve")
	}
	for _, pages := range []uint64{1, 32768, 32769, MaxPages} {
		m := of(t, MaxPages, 1, pages, false)
		if want := pages > 32768 && pages*pageSize+belowMemory <= maxReservation; (m.below == belowMemory) != want {
			t.Errorf("%d pages: %d bytes in front", pages, m.below)
		}
		m.Free()
	}
}
