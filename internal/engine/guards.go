package engine

import (
	"sync"

	"github.com/tetratelabs/wazero"

	"github.com/wazedge/wazedge/internal/engine/guard"
	"github.com/wazedge/wazedge/internal/engine/private"
)

// Guards is nil where code may leave it to the pages around a memory to find accesses beyond its end, which a
// handler of faults that this call puts in place for the process turns into traps. The error is why it
// may not.
func Guards() error {
	guards.Do(func() {
		if Contract() != nil {
			unguarded = errUnknown
			return
		}
		s := reserveAll(pageSize)
		if s.bytes == nil {
			unguarded = errNoSpace
			return
		}
		s.release()
		unguarded = guard.Ready()
	})
	return unguarded
}

// What [Guards] has found.
var (
	guards    sync.Once
	unguarded error
)

// Why guarded code is not executed.
const (
	errUnknown guard.Unavailable = "where the engine keeps code is not known"
	errNoSpace guard.Unavailable = "no address space of 10 GiB for a memory"
	errGuards  guard.Unavailable = "code is not of the kind that it is said to be"
)

// guarding is what handlers have been told of in a Runtime. It is not a part of that, for what is done when code is gone must not
// keep the Runtime, and with it the code.
type guarding struct {
	mu   sync.Mutex
	list map[*guard.Code]struct{}
}

// guard tells the handler of faults of the code of m, if it is guarded, as it may be with wanted and must not
// be without: code without checks is never executed on a memory without guards. It reports whether the memory
// of m must have them.
func (r *Runtime) guard(m wazero.CompiledModule, wanted bool) (guarded bool, err error) {
	code, ok := private.Executable(m)
	switch {
	case !ok && wanted:
		return false, errUnknown
	case !ok:
		return false, nil // as where nothing is kept that could have been made here
	case guard.Marked(code) != wanted:
		return false, errGuards
	case !wanted:
		return false, nil
	}
	if err := Guards(); err != nil {
		return false, err
	}
	c, err := guard.AddMarked(code)
	if c == nil || err != nil {
		return false, err
	}
	r.guarding.mu.Lock()
	defer r.guarding.mu.Unlock()
	if r.guarding.list == nil {
		r.guarding.list = map[*guard.Code]struct{}{}
	}
	r.guarding.list[c] = struct{}{}
	private.AfterExecutable(m, r.guarding.forget, c)
	return true, nil
}

// forget tells the handler of faults that nobody executes c any more.
func (g *guarding) forget(c *guard.Code) {
	c.Remove()
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.list, c)
}

// close forgets all.
func (g *guarding) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for c := range g.list {
		c.Remove()
	}
	g.list = nil
}
