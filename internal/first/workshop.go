package first

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strconv"
	"sync"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/ondemand"
	"github.com/wazedge/wazedge/internal/wasm"
)

// state is how far a function has come.
type state uint8

// A function is none of these until somebody is at it.
const (
	busy     state = iota + 1 // somebody compiles it
	compiled                  // it is in ready
	set                       // it is called as it is
	failed
)

// group are functions that have been compiled together.
type group struct {
	list  []uint32
	label string // of their frames
	code  *engine.Code
}

// workshop compiles functions of a guest: those that it calls when it does, in its goroutine, and
// beside it those that it may call next.
type workshop struct {
	guest   *Guest
	cutter  *cutter
	engine  *engine.Runtime
	entries *engine.Entries // of the functions, once there is an instance
	mine    *ondemand.Cut   // for the guest's goroutine

	mu      sync.Mutex
	change  sync.Cond // of mu: something is to be done, or has been
	states  []state   // by function
	seen    []uint32  // that are to be compiled, the first one first
	big     []uint32  // of those, what has a large body
	near    []uint32  // that are named by what the guest has called, the most likely last
	at      int       // how many workers are compiling
	workers int
	ready   []*group            // that are compiled and not set
	groups  map[string][]uint32 // by label
	failure error
	helps   bool // [workshop.finish] does not only wait
	ahead   bool // what the guest may call is compiled, too
	whole   bool // the code of the whole module is ready, or set
	closed  bool
	over    chan struct{} // closed when closed is set
	free    func() error  // has what the workshop works for freed, when nobody works any more
}

// Sizes of bodies that are compiled together or beside the guest, in bytes. In groups calls are shorter,
// and the engine makes what it compiles with once for each; but they come later.
const (
	minSeen = 16 << 10  // of a group of functions that have been called
	maxSeen = 256 << 10 // of one, however many are to be compiled
	maxNear = 16 << 10  // of one of functions that may be called
)

// minBig is the size of a large body. What the engine makes to compile one is so much that functions with such bodies have it made as
// seldom as can be: those that have been called are compiled together.
const minBig = 24 << 10

func newWorkshop(ctx context.Context, g *Guest, c *cutter) *workshop {
	w := &workshop{
		guest: g, cutter: c, engine: engine.New(ctx, engine.Config{Artifacts: true}), mine: c.cut(),
		states: make([]state, len(c.module.Bodies)), groups: map[string][]uint32{}, over: make(chan struct{}),
	}
	w.change.L = &w.mu
	return w
}

// open has functions be compiled by goroutines beside the caller's.
func (w *workshop) open() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for range max(1, min(runtime.GOMAXPROCS(0)-1, maxWorkers)) {
		w.workers++
		go w.work()
	}
}

// maxWorkers is how many may be at what the guest may call: they are ahead of it, but not far.
const maxWorkers = 3

// see says that the guest will call the functions list, in that order.
func (w *workshop) see(list []uint32) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, i := range list {
		switch {
		case w.states[i] != 0:
		case w.mine.Size(i) >= minBig:
			w.big = append(w.big, i)
		default:
			w.seen = append(w.seen, i)
		}
	}
	w.change.Broadcast()
}

// sizeOf is how large the bodies of list are that are not compiled.
func (w *workshop) sizeOf(list []uint32) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, i := range list {
		if w.states[i] == 0 {
			n += w.mine.Size(i)
		}
	}
	return n
}

// work compiles until the workshop is closed.
func (w *workshop) work() {
	cut := w.cutter.cut()
	w.mu.Lock()
	defer w.mu.Unlock()
	for !w.closed {
		list, called := w.next()
		if len(list) == 0 {
			w.change.Wait()
			continue
		}
		w.compile(context.Background(), cut, list, called)
	}
	w.workers--
	_ = w.end() // whom it would be told has gone
}

// next takes functions that are to be compiled together, and reports whether the guest has called them.
// It may call the others: they are named by such ones. What those name is not compiled ahead, as of that
// most is never called. w.mu is held.
func (w *workshop) next() (list []uint32, called bool) {
	part := w.part()
	if list = w.take(&w.big, part); len(list) > 0 {
		return list, true
	}
	if list = w.take(&w.seen, min(max(part/2, minSeen), maxSeen)); len(list) > 0 || !w.ahead {
		return list, true
	}
	size := 0
	for n := len(w.near); n > 0 && (size == 0 || size+w.mine.Size(w.near[n-1]) <= maxNear); n = len(w.near) {
		i := w.near[n-1]
		w.near = w.near[:n-1]
		if w.states[i] == 0 {
			list, size = append(list, i), size+w.mine.Size(i)
			w.states[i] = busy
		}
	}
	return list, false
}

// part is how much of what has been seen is the part of one of those who are at work. w.mu is held.
func (w *workshop) part() int {
	size := 0
	for _, list := range [...][]uint32{w.seen, w.big} {
		for _, i := range list {
			size += w.mine.Size(i)
		}
	}
	return size / (w.workers + 1)
}

// take takes from the front of list what is to be compiled, one function at least and at the most so many bytes. w.mu is held.
func (w *workshop) take(list *[]uint32, most int) (taken []uint32) {
	size := 0
	for ; len(*list) > 0 && (size == 0 || size+w.mine.Size((*list)[0]) <= most); *list = (*list)[1:] {
		if i := (*list)[0]; w.states[i] == 0 {
			taken, size = append(taken, i), size+w.mine.Size(i)
			w.states[i] = busy
		}
	}
	return taken
}

// compile compiles list, which are busy, with cut, and has them be ready; if they have been called, and
// something is compiled ahead, what they name may be, too. w.mu is held, but not meanwhile.
func (w *workshop) compile(ctx context.Context, cut *ondemand.Cut, list []uint32, called bool) {
	label := w.guest.Label + "+" + strconv.Itoa(len(w.groups))
	w.groups[label] = list
	called = called && w.ahead
	w.at++
	w.mu.Unlock()
	var names []uint32
	cut.Called = nil
	if called {
		cut.Called = func(i uint32) { names = append(names, i) }
	}
	piece, err := cut.Group(list, false)
	if err == nil && len(names) > 0 {
		w.likely(names)
	}
	var code *engine.Code
	if err == nil {
		code, err = w.piece(piece, label)
	}
	w.mu.Lock()
	w.at--
	if w.whole && !slices.ContainsFunc(list, w.added) { // or the code of list would take the place of that
		w.change.Broadcast()
		return
	}
	to := compiled
	if err != nil {
		to = failed
		w.failure = errors.Join(w.failure, err)
	} else {
		w.ready = append(w.ready, &group{list, label, code})
	}
	for _, i := range list {
		w.states[i] = to
	}
	w.change.Broadcast()
}

// added reports whether metering has added function i, which the code of the whole has for itself.
func (w *workshop) added(i uint32) bool { return int(i) >= w.cutter.own }

// likely says that the functions names may be called next, the first of them soonest.
func (w *workshop) likely(names []uint32) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, i := range slices.Backward(names) {
		if w.states[i] == 0 {
			w.near = append(w.near, i)
		}
	}
	w.change.Broadcast()
}

// piece is the code of piece, whose frames are called label.
func (w *workshop) piece(piece *wasm.Module, label string) (*engine.Code, error) {
	piece, err := lowered(piece)
	if err != nil {
		return nil, err
	}
	return w.engine.CompileWith(context.Background(), wasm.Encode(piece), engine.CompileOptions{Label: label})
}

// makeAll compiles all functions in one group, in the caller's goroutine.
func (w *workshop) makeAll(ctx context.Context) {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := firstOnes(len(w.states))
	for _, i := range all {
		w.states[i] = busy
	}
	w.compile(ctx, w.mine, all, false)
}

// firstOnes are the first n functions of the module's own.
func firstOnes(n int) []uint32 {
	list := make([]uint32, n)
	for i := range list {
		list[i] = uint32(i)
	}
	return list
}

// help has the caller of finish be at work, too.
func (w *workshop) help() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.helps = true
	w.change.Broadcast()
}

// finish waits until all that has been seen is compiled.
func (w *workshop) finish(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.failure == nil {
		switch {
		case len(w.seen)+len(w.big) > 0 && w.helps:
			if list, called := w.next(); len(list) > 0 {
				w.compile(ctx, w.mine, list, called)
			}
		case len(w.seen)+len(w.big) == 0 && w.at == 0:
			return w.setReady()
		default:
			w.change.Wait()
		}
	}
	return w.failure
}

// lookAhead has functions be compiled that the guest may call, as those name them that are compiled from now
// on: what the interpreter has called names much that it has not called, for which there is little hope.
func (w *workshop) lookAhead() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ahead = runtime.GOMAXPROCS(0) > 1
	w.change.Broadcast()
}

// addWhole has all functions be ready in the code of the whole module, which calls what metering has added as it has
// it, and reports whether there is such code, and whether that is optimized; with optimized, no other is taken.
func (w *workshop) addWhole(ctx context.Context, optimized bool) (added, better bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return false, false
	}
	label := w.guest.Label
	if w.whole {
		label += again
	}
	w.workers++
	w.mu.Unlock()
	code, better := w.guest.Whole(ctx, w.engine, w.cutter.module, label, optimized)
	w.mu.Lock()
	w.workers--
	if code == nil || w.closed || !w.entries.Fits(code) {
		_ = w.end() // whom it would be told has gone
		return false, false
	}
	all := firstOnes(w.cutter.own)
	w.entries.Replace(code, all)
	w.ready = append(w.ready, &group{all, label, code})
	w.whole, w.ahead, w.near = true, false, nil
	w.change.Broadcast()
	return true, better
}

// again is behind the label of a module in frames of code that comes in the place of other code of the whole.
const again = "'"

// setReady has all that is compiled be called. w.mu is held, by who executes the guest or while
// nobody does.
func (w *workshop) setReady() error {
	for _, g := range w.ready {
		if !w.entries.Set(g.code, g.list) {
			return errNoSuccessor
		}
		for _, i := range g.list {
			w.states[i] = set
		}
	}
	w.ready = w.ready[:0]
	return nil
}

// make has function i be called as it is, in the goroutine of the guest, which calls it now.
func (w *workshop) make(ctx context.Context, i uint32) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		if err := w.setReady(); err != nil {
			return err
		}
		switch w.states[i] {
		case set:
			return nil
		case failed:
			return w.failure
		case busy:
			w.change.Wait()
		default:
			w.states[i] = busy
			w.compile(ctx, w.mine, []uint32{i}, true)
		}
	}
}

// groupOf are the functions of the group with that label, or nil.
func (w *workshop) groupOf(label string) []uint32 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.groups[label]
}

// leave has everything freed, and what free frees before, when nobody is at work any more.
func (w *workshop) leave(ctx context.Context, free func(context.Context) error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	close(w.over)
	w.free = func() error { return errors.Join(free(ctx), w.engine.Close(ctx)) }
	w.change.Broadcast()
	return w.end()
}

// end frees what there is, if the workshop is closed and nobody works. w.mu is held.
func (w *workshop) end() error {
	if !w.closed || w.workers > 0 || w.free == nil {
		return nil
	}
	free := w.free
	w.free = nil
	return free()
}
