package first

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/wasm"
)

// shop is a workshop, without workers, of a module of functions that have so many instructions of one byte.
func shop(t *testing.T, sizes ...int) *workshop {
	t.Helper()
	var b strings.Builder
	b.WriteString("(module (memory 1)")
	for _, n := range sizes {
		fmt.Fprintf(&b, "(func %s)", strings.Repeat("nop ", n))
	}
	b.WriteString(")")
	m := parse(t, b.String())
	w := newWorkshop(context.Background(), &Guest{Module: m, Label: "guest"}, &cutter{module: m, own: len(m.Bodies)})
	t.Cleanup(func() {
		if err := w.leave(context.Background(), func(context.Context) error { return nil }); err != nil {
			t.Error(err)
		}
	})
	return w
}

// order is what workers take from w, one after the other, and how many of these groups have been called.
func order(w *workshop) (taken [][]uint32, called int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		list, are := w.next()
		if len(list) == 0 {
			return taken, called
		}
		if taken = append(taken, list); are {
			called++
		}
	}
}

// TestOrderOfCompiling states what is compiled first and what together: functions that have been called, in
// groups of minSeen bytes or more, in the order of their calls, but those with large bodies before; then, once there is time to look ahead, those
// that they name, in groups of maxNear.
func TestOrderOfCompiling(t *testing.T) {
	const k = 1 << 10
	sizes := []int{10 * k, 5 * k, 5 * k, 40 * k, 2 * k, k, 2 * k, 100, 100, 30 * k}
	for name, c := range map[string]struct {
		called, near []uint32
		ahead        bool
		workers      int
		done         []uint32 // that have been compiled already
		taken        [][]uint32
		first        int // how many of these have been called
	}{
		"what has been called":              {called: []uint32{2, 0, 1, 4}, taken: [][]uint32{{2, 0}, {1, 4}}, first: 2},
		"large ones are before all others":  {called: []uint32{8, 3, 5, 9}, taken: [][]uint32{{3, 9}, {8, 5}}, first: 2},
		"large ones are shared":             {called: []uint32{8, 3, 5, 9}, workers: 1, taken: [][]uint32{{3}, {9}, {8, 5}}, first: 3},
		"called twice":                      {called: []uint32{5, 8, 5}, taken: [][]uint32{{5, 8}}, first: 1},
		"compiled already":                  {called: []uint32{5, 8, 4}, done: []uint32{8}, taken: [][]uint32{{5, 4}}, first: 1},
		"nothing else before there is time": {near: []uint32{5}},
		"the latest is the likeliest":       {near: []uint32{0, 1, 6, 2}, ahead: true, taken: [][]uint32{{2, 6, 1}, {0}}},
		"called before named":               {called: []uint32{5}, near: []uint32{4}, ahead: true, taken: [][]uint32{{5}, {4}}, first: 1},
		"named, whatever its size":          {near: []uint32{3}, ahead: true, taken: [][]uint32{{3}}},
	} {
		t.Run(name, func(t *testing.T) {
			w := shop(t, sizes...)
			for _, i := range c.done {
				w.states[i] = compiled
			}
			w.see(c.called)
			w.near, w.ahead, w.workers = c.near, c.ahead, c.workers
			taken, first := order(w)
			w.workers = 0
			if fmt.Sprint(taken) != fmt.Sprint(c.taken) || first != c.first {
				t.Errorf("%v, %d of them called, want %v, %d", taken, first, c.taken, c.first)
			}
			for i, s := range w.states {
				busyNow := slices.ContainsFunc(taken, func(list []uint32) bool { return slices.Contains(list, uint32(i)) })
				if busyNow != (s == busy) {
					t.Errorf("function %d is in state %d", i, s)
				}
			}
		})
	}
}

// TestGroupsBySize states that groups of what has been called are as large as there is much of it, within bounds,
// and that the last ones are small.
func TestGroupsBySize(t *testing.T) {
	w := shop(t, make([]int, 40)...)
	var all []uint32
	for i := range w.guest.Module.Bodies {
		w.guest.Module.Bodies[i].Code = make([]byte, 20<<10)
		all = append(all, uint32(i))
	}
	w.see(all)
	taken, _ := order(w)
	var sizes []int
	for _, list := range taken {
		sizes = append(sizes, len(list))
	}
	if want := []int{12, 12, 8, 4, 2, 1, 1}; !slices.Equal(sizes, want) {
		t.Errorf("groups of %v functions of 20 KiB, want %v", sizes, want)
	}
}

// TestFailureToCompile states that who waits for a function hears why it cannot be compiled, and
// that others can be had.
func TestFailureToCompile(t *testing.T) {
	w := shop(t, 10, 10)
	bad := *w.guest.Module
	bad.Bodies = slices.Clone(bad.Bodies)
	bad.Bodies[1] = wasm.Body{Code: []byte{0, 0xFF, 0x0B}}
	w.cutter = &cutter{module: &bad, own: len(bad.Bodies)}
	w.open()
	w.see([]uint32{1})
	if err := w.finish(context.Background()); err == nil {
		t.Error("what cannot be compiled is")
	}
	if err := w.make(context.Background(), 1); err == nil {
		t.Error("who waits hears nothing")
	}
}

// TestLeaveWhileCompiling states that a workshop is left at once, and freed by the last of who works in it.
func TestLeaveWhileCompiling(t *testing.T) {
	for range 20 {
		w := shop(t, 4000, 4000, 4000, 4000)
		w.open()
		w.see([]uint32{0, 1, 2, 3})
	}
}
