package threads

import "sync"

// Group is the threads of a guest beside its first. Its methods may be called by any
// thread.
type Group struct {
	max  int
	kill func() // has what runs end soon

	mu     sync.Mutex
	idle   *sync.Cond // no thread is left
	alive  map[int32]struct{}
	last   int32 // number that was given
	killed bool
	cause  error // of the thread that has ended the guest
}

// NewGroup is a group of at most max threads at once, [DefaultMax] if that is 0. kill is
// called, once, when all threads are to end, the first one included.
func NewGroup(max int, kill func()) *Group {
	if max <= 0 {
		max = DefaultMax
	}
	g := &Group{max: min(max, MaxID), kill: kill, alive: map[int32]struct{}{}}
	g.idle = sync.NewCond(&g.mu)
	return g
}

// Thread is what a thread does.
type Thread interface {
	// Run is all it does. Its error ends all threads.
	Run() error
	// Close lets go of it, when it has run; ended says that it has ended the others.
	Close(ended bool)
}

// Start starts the thread that prepare makes for a number, unless that fails. The result is
// the number, or an [Errno].
func (g *Group) Start(prepare func(id int32) (Thread, Errno)) int32 {
	id, ok := g.enter()
	if !ok {
		return int32(EAGAIN)
	}
	t, failed := prepare(id)
	if failed != 0 {
		g.leave(id)
		return int32(failed)
	}
	go func() {
		defer g.leave(id)
		err := t.Run()
		t.Close(err != nil && g.fail(err))
	}()
	return id
}

// enter finds a number for a new thread, unless there are too many.
func (g *Group) enter() (int32, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.alive) >= g.max || g.killed {
		return 0, false
	}
	for {
		g.last = g.last%MaxID + 1
		if _, taken := g.alive[g.last]; !taken {
			break
		}
	}
	g.alive[g.last] = struct{}{}
	return g.last, true
}

func (g *Group) leave(id int32) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.alive, id)
	if len(g.alive) == 0 {
		g.idle.Broadcast()
	}
}

// fail notes that a thread has ended the guest with err, and reports whether it is the
// first.
func (g *Group) fail(err error) (first bool) {
	g.mu.Lock()
	first = !g.killed
	if first {
		g.killed, g.cause = true, err
	}
	g.mu.Unlock()
	if first {
		g.kill()
	}
	return first
}

// End has all threads end, and waits until they have. It returns the error of the one that has
// ended the guest before, if one has. Then there may be threads again.
func (g *Group) End() error {
	g.mu.Lock()
	first := !g.killed
	g.killed = true
	g.mu.Unlock()
	if first {
		g.kill()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for len(g.alive) > 0 {
		g.idle.Wait()
	}
	err := g.cause
	g.killed, g.cause = false, nil
	return err
}

// Failed reports whether a thread has ended the guest.
func (g *Group) Failed() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.cause != nil
}

// Len is how many threads there are.
func (g *Group) Len() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.alive)
}
