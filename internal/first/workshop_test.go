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
	w := newWorkshop(context.Background(), &Guest{Module: m, Label: "guest"})
	t.Cleanup(func() {
		if err := w.leave(context.Background(), func(context.Context) error { return nil }); err != nil {
			t.Error(err)
		}
	})
	return w
}

// order is what workers take from w, one after the other.
func order(w *workshop) (taken [][]uint32, depths []int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		list, depth := w.next()
		if len(list) == 0 {
			return taken, depths
		}
		taken, depths = append(taken, list), append(depths, depth)
	}
}

// TestOrderOfCompiling states what is compiled first and what together: functions that have been called, in
// groups of maxSeen bytes, in the order of their calls; then, once there is time to look ahead, those
// that they name, in groups of maxNear, and what is further away, unless it is large.
func TestOrderOfCompiling(t *testing.T) {
	const k = 1 << 10
	sizes := []int{10 * k, 5 * k, 5 * k, 40 * k, 2 * k, k, 2 * k, maxFar + 100, 100}
	for name, c := range map[string]struct {
		called, near, far []uint32
		ahead             bool
		done              []uint32 // that have been compiled already
		taken             [][]uint32
		depths            []int
	}{
		"what has been called":              {called: []uint32{2, 0, 1, 4}, taken: [][]uint32{{2, 0}, {1, 4}}, depths: []int{called, called}},
		"a large one is alone":              {called: []uint32{8, 3, 5}, taken: [][]uint32{{8}, {3}, {5}}, depths: []int{called, called, called}},
		"called twice":                      {called: []uint32{5, 8, 5}, taken: [][]uint32{{5, 8}}, depths: []int{called}},
		"compiled already":                  {called: []uint32{5, 8, 4}, done: []uint32{8}, taken: [][]uint32{{5, 4}}, depths: []int{called}},
		"nothing else before there is time": {near: []uint32{5}, far: []uint32{8}},
		"the latest is the likeliest":       {near: []uint32{8, 4, 6, 5}, ahead: true, taken: [][]uint32{{5, 6}, {4, 8}}, depths: []int{named, named}},
		"called, named, remote": {called: []uint32{5}, near: []uint32{4}, far: []uint32{8}, ahead: true,
			taken: [][]uint32{{5}, {4}, {8}}, depths: []int{called, named, remote}},
		"named by who has been called, whatever its size": {near: []uint32{3}, ahead: true, taken: [][]uint32{{3}}, depths: []int{named}},
		"large and remote": {far: []uint32{7, 8, 3}, ahead: true, taken: [][]uint32{{8}}, depths: []int{remote}},
	} {
		t.Run(name, func(t *testing.T) {
			w := shop(t, sizes...)
			for _, i := range c.done {
				w.states[i] = compiled
			}
			w.see(c.called)
			w.near, w.far, w.ahead = c.near, c.far, c.ahead
			taken, depths := order(w)
			if fmt.Sprint(taken) != fmt.Sprint(c.taken) || !slices.Equal(depths, c.depths) {
				t.Errorf("%v at %v, want %v at %v", taken, depths, c.taken, c.depths)
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

// TestFailureToCompile states that who waits for a function hears why it cannot be compiled, and
// that others can be had.
func TestFailureToCompile(t *testing.T) {
	w := shop(t, 10, 10)
	bad := *w.guest.Module
	bad.Bodies = slices.Clone(bad.Bodies)
	bad.Bodies[1] = wasm.Body{Code: []byte{0, 0xFF, 0x0B}}
	w.guest.Module = &bad
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
