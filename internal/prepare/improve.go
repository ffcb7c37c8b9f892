package prepare

import (
	"context"
	"errors"
	"runtime"
	"time"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/native"
)

// optimizesBehind reports whether optimized code is made behind runs, and taken where it has been.
func (o *Options) optimizesBehind() bool {
	return o.Optimized && !o.Optimize && o.Cache != nil && native.Available()
}

// optimizing are o with or without the optimizing compiler for what is made.
func (o *Options) optimizing(yes bool) *Options {
	made := *o
	made.Optimize = yes
	return &made
}

// Runs have taken long enough for what they run to be optimized when they have taken worthwhile and worthwhilePerByte
// for each byte, about a fiftieth of what optimizing takes, or worthwhileAlways. Of runs that are much shorter no account is kept, which
// would take its time.
const (
	worthwhile        = 50 * time.Millisecond
	worthwhilePerByte = 50 * time.Nanosecond
	worthwhileAlways  = time.Second
	accounted         = 16 // the part of that
)

// enough is how long what has size bytes has to run for being optimized.
func enough(size int64) time.Duration {
	return min(worthwhileAlways, worthwhile+time.Duration(size)*worthwhilePerByte)
}

// Improvable reports whether m, which has been compiled, or loaded from the cache, and has run for a time, runs by code
// of the engine's, for which it is worthwhile to make optimized code for later runs, and nobody is at that. It is asked once for each
// run, whose time it may note for later ones.
func (m *Module) Improvable(ran time.Duration) bool {
	size := int64(len(m.Bytes))
	if m.cached.entry != nil {
		size = m.cached.entry.Size
	}
	return m.members == nil && !m.cached.better && m.cached.embedded == nil && m.options.improvable(m.Digest(), m.cached.entry, size, ran)
}

// Improvable is [Module.Improvable] for the component.
func (ms *Members) Improvable(ran time.Duration) bool {
	size := int64(len(ms.bytes))
	return !ms.better && !ms.embedded && ms.options.improvable(ms.digest, ms.entry, size, ran)
}

// improvable reports whether optimized code can be made of what has the digest, in place of which kept stands, unless it is nil, and
// is worth it.
func (o *Options) improvable(digest cache.Digest, kept *cache.Entry, size int64, ran time.Duration) bool {
	if !o.optimizesBehind() || !o.caches() || digest == (cache.Digest{}) || ran < enough(size)/accounted {
		return false
	}
	key := o.optimizing(true).key(digest)
	if ran < enough(size) && o.Cache.Ran(key, ran) < enough(size) || o.Cache.Claimed(claimFor(key)) {
		return false
	}
	if kept == nil && size < minCached {
		return true
	}
	if kept == nil { // what is interpreted, or too large to be kept, is not improved
		var err error
		if kept, err = o.Cache.Get(o.key(digest)); err != nil {
			return false
		}
		defer kept.Close()
	}
	return o.Cache.Limit() == 0 || kept.Bytes() <= o.Cache.Limit()/grown
}

// grown is how many times as large as the engine's code optimized code may be, with which that comes.
const grown = 3

// claimFor is what who improves the code of key claims: keys share claims, so that many modules that are run in a short time do not
// have more processes at work behind them than half of the machine's cores. What is left out is improved behind a later run.
func claimFor(key cache.Key) cache.Key {
	atOnce := min(max(runtime.NumCPU()/2, 1), 128)
	return cache.Key{key[0] % byte(atOnce)}
}

// Improve makes code of m, which has been read as a whole and validated, for the cache. Its options are those of who is to take
// it, with Optimize. It takes the place of the engine's code. The error says why there is none, and is [cache.ErrClaimed] where
// another process is at it.
func (m *Module) Improve(ctx context.Context, t Target) error {
	return m.options.improve(m.digest(), func(p *Precompiling) ([]*cache.Contents, error) {
		_, entries, err := m.Precompile(ctx, t, p)
		return entries, err
	})
}

// Improve is [Module.Improve] for c, the component.
func (ms *Members) Improve(ctx context.Context, t Target, c *component.Component) error {
	return ms.options.improve(cache.DigestOf(ms.bytes), func(p *Precompiling) ([]*cache.Contents, error) {
		return ms.Precompile(ctx, t, c, p)
	})
}

// improve has what make makes of what has the digest take the place of the engine's code.
func (o *Options) improve(digest cache.Digest, make func(*Precompiling) ([]*cache.Contents, error)) error {
	key, ok := o.Plan(false).Key(digest)
	if !ok {
		return engine.Contract()
	}
	release, ok := o.Cache.Claim(claimFor(key))
	if !ok {
		return cache.ErrClaimed
	}
	defer release()
	if made, err := o.Cache.Get(key); err == nil {
		return made.Close()
	}
	entries, err := make(&Precompiling{Features: o.Features})
	if err != nil || len(entries) == 0 {
		return err
	}
	entries[0].Key = key
	if err := o.Cache.Put(entries[0]); err != nil {
		return err
	}
	o.Cache.Remove(o.optimizing(false).key(digest), errImproved)
	return nil
}

// errImproved is why the engine's code is not kept any more.
var errImproved = errors.New("optimized code is kept instead")
