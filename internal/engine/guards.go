package engine

import (
	"errors"
	"sync"

	"github.com/tetratelabs/wazero"

	"github.com/wazedge/wazedge/internal/engine/guard"
	"github.com/wazedge/wazedge/internal/engine/private"
)

// Guards is nil where code may leave it to the pages around a memory to find accesses beyond its end, which a
// handler of faults that this call puts in place for the process turns into traps. The error is why it
// may not.
func Guards() error {
	if Contract() != nil {
		return errNoGuards
	}
	return guardsReady()
}

// guardsReady is [guard.Ready], where the process may also have the address space.
var guardsReady = sync.OnceValue(func() error {
	s := reserveAll(pageSize)
	if s.bytes == nil {
		return errNoSpace
	}
	s.release()
	return guard.Ready()
})

// errNoSpace is why there are no guards in a process that may not have so many addresses.
var errNoSpace = errors.New("engine: no address space for a memory with guards")

// errNoGuards is why guarded code is not taken where it is not known how the engine keeps it.
var errNoGuards = errors.New("engine: where code is kept is not known")

// errGuards is why code is not taken that is not of the kind that it is said to be.
var errGuards = errors.New("engine: code whose accesses are guarded is told from other code")

// guarding is what handlers have been told of in a Runtime.
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
		return false, errNoGuards
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
