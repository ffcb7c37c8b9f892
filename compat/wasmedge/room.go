package wasmedge

import (
	"context"
	"math"
	"os"
	"sync"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/limits"
)

// room is a Runtime with those who use it. The last one who lets go of it closes it.
type room struct {
	settings settings
	runtime  *compat.Runtime

	mu   sync.Mutex
	uses int

	loading sync.Mutex
	sources map[cache.Digest]*source   // by their bytes
	loaded  map[*source]*compat.Module // modules of other rooms, valid
}

// newRoom is a room by s, used once, where instructions cost what costs say; nil is 1.
func newRoom(s settings, costs *limits.Costs) *room {
	pages := uint32(min(s.pages, maxPages))
	c := compat.Config{
		Features: &s.features, Interpreter: s.interpreter, Trust: keyring(), Log: logger(),
		Limits: limits.Config{Instructions: s.counting, Gas: s.costs, Time: s.time, Costs: costs},
	}
	if pages < maxPages {
		c.Limits.MemoryPages = &pages
	}
	if s.costs {
		unlimited := uint64(math.MaxInt64) // so that there can be a limit later
		c.Limits.GasLimit = &unlimited
	}
	return &room{settings: s, runtime: compat.NewRuntime(c), uses: 1}
}

// keyring is the user's, whose key seals what a [Compiler] writes and vouches for it when
// it is loaded; nil where there is none.
func keyring() *cache.Keyring {
	dir := os.Getenv(cache.TrustDirVariable)
	if dir == "" {
		var err error
		if dir, err = cache.DefaultTrustDir(); err != nil {
			return nil
		}
	}
	return cache.NewKeyring(dir, nil)
}

// source is the module m, which has just been loaded, or one of the same bytes that was
// before: it is compiled once.
func (r *room) source(m *compat.Module) *source {
	r.loading.Lock()
	defer r.loading.Unlock()
	s := &source{room: r, module: m}
	b := m.Bytes()
	if b == nil {
		return s
	}
	digest := cache.DigestOf(b)
	if known := r.sources[digest]; known != nil {
		m.Close()
		return known
	}
	if r.sources == nil {
		r.sources = map[cache.Digest]*source{}
	}
	r.sources[digest] = s
	return s
}

// load is the module s of another room as one of r.
func (r *room) load(s *source) (*compat.Module, error) {
	r.loading.Lock()
	defer r.loading.Unlock()
	if m := r.loaded[s]; m != nil {
		return m, nil
	}
	m, err := r.again(s.module)
	if err != nil {
		return nil, err
	}
	if err := m.Validate(); err != nil {
		return nil, err
	}
	if r.loaded == nil {
		r.loaded = map[*source]*compat.Module{}
	}
	r.loaded[s] = m
	return m, nil
}

// again loads m, a module of another room, in r. One that its file's own code stands in for
// is read from there.
func (r *room) again(m *compat.Module) (*compat.Module, error) {
	if b := m.Bytes(); b != nil {
		return r.runtime.Load(b)
	}
	return r.runtime.LoadFile(m.Name())
}

// retain is r, used once more.
func (r *room) retain() *room {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.uses++
	return r
}

// release is the end of one use of r, which may be nil.
func (r *room) release() {
	if r == nil {
		return
	}
	r.mu.Lock()
	r.uses--
	last := r.uses == 0
	r.mu.Unlock()
	if last {
		// What it could fail for is the engine's own and nobody's to mend.
		_ = r.runtime.Close(context.Background())
	}
}
