package prepare

import (
	"io"
	"os"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/internal/native"
	"github.com/wazedge/wazedge/internal/universal"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wasm/validate"
)

// minCached is the size of the smallest module that is cached, in bytes: compiling a smaller one takes no longer than finding it.
// Optimized code of it is kept, for that is only made where a run has taken long.
const minCached = 4 << 10

// maxPlaced is the size of the largest module for which the engine records the places of instructions. The record would cost larger
// ones a third of their start; where they trap, places are found afterwards.
const maxPlaced = 1 << 20

// cached is what there is of a module in the cache, or in its own file.
type cached struct {
	entry    *cache.Entry   // what stands in for the module, or nil
	code     []*cache.Entry // what code has come from without that, for traps
	module   cache.Digest   // of that module
	text     *cache.Digest  // of the text that the module was read from, if it was
	embedded *cache.Entry   // what the module's file brings along for this user, or nil
	better   bool           // its code was made better, see [Options.Optimize]
	file     io.Closer      // that file
}

// loadCached takes the module in the file path from the cache, if it is there or
// carries its own code. Whatever is odd about the file is left to who reads it.
func (m *Module) loadCached(path string) bool {
	if !m.options.caches() {
		return false
	}
	f, whole := m.options.open(path)
	if f == nil {
		return false
	}
	size, embedded := universal.Find(whole, whole.Size())
	head := make([]byte, 8)
	if _, err := whole.ReadAt(head, 0); err != nil || wasm.IsComponent(head) {
		f.Close() // a component brings code along for its core modules
		return false
	}
	if len(embedded) > 0 {
		m.cached.file = f
	} else {
		defer f.Close()
		if m.options.Cache == nil {
			return false
		}
	}
	module, err := cache.DigestAt(whole, size)
	if err != nil {
		return false
	}
	m.cached.module = module
	if len(embedded) > 0 {
		m.cached.embedded, m.cached.better = m.options.choose(embedded, module, m.options.trust(path))
	}
	return m.adoptCached(module, size)
}

// choose is that of embedded, which come with the module, whose code is executed, or nil;
// why there is none is logged once. Better is that of [Options.pick].
func (o *Options) choose(embedded []*cache.Entry, module cache.Digest, trust *cache.Keyring) (e *cache.Entry, better bool) {
	why := "is for another machine or other options"
	if e, better := o.pick(embedded, module); e != nil {
		err := e.Vouch(trust)
		if err == nil {
			return e, better
		}
		why = "is " + err.Error()
	}
	o.Log.Info("The compiled code in the module " + why + "; compiling.")
	return nil, false
}

// pick is that of embedded, which come with the module, that is made for the options, on this
// machine, or nil. Whether its code is better, as [Options.Optimize] makes it, is for who has made it.
func (o *Options) pick(embedded []*cache.Entry, module cache.Digest) (e *cache.Entry, better bool) {
	for i := range 5 {
		best := *o
		best.Optimize = i < 3
		best.Guards = o.Guards && i == 0
		plan := best.Plan(i == 2 || i == 4)
		if best.Optimize && plan.Optimize == "" || best.Guards && !native.Guarded(plan.Optimize) {
			continue // no such code is made here: the plan is the one of the engine's code, or the next
		}
		key, ok := plan.Key(module)
		for _, e := range embedded {
			if ok && e.Key() == key {
				return e, plan.Optimize != ""
			}
		}
	}
	return nil, false
}

// digest is what the loaded module, which was read as a whole, is cached by.
func (m *Module) digest() cache.Digest {
	if m.cached.text != nil {
		return *m.cached.text
	}
	return cache.DigestOf(m.Bytes)
}

// digestOfSource is what the module in a file of those contents is cached by. No text is
// a module in the binary format, so that one digest does for both.
func digestOfSource(b []byte, text bool) cache.Digest {
	if text {
		return cache.DigestOf(b)
	}
	return cache.DigestOf(universal.Without(b))
}

// openModule opens the file path if it is one that may be cached: a module of at least so many bytes, and no pipe. The module is
// whole, or, with scripts, what stands behind the line that the file begins with.
func openModule(path string, scripts bool, least int64) (f *os.File, module *io.SectionReader) {
	if scripts && path == stdinPath {
		return nil, nil
	}
	f, info, err := openFile(path, false)
	if err != nil {
		return nil, nil
	}
	skip := int64(0)
	if scripts {
		skip = scriptLine(f)
	}
	if size := info.Size() - skip; size >= least && size <= maxModule {
		head := make([]byte, len(magic))
		if _, err := f.ReadAt(head, skip); err == nil && (string(head) == magic || isText(path) || skip > 0) {
			return f, io.NewSectionReader(f, skip, size)
		}
	}
	f.Close()
	return nil, nil
}

// adoptCached finds an entry of module, of size bytes, in its file or in the cache, the best first, and lets it stand in for
// the module.
func (m *Module) adoptCached(module cache.Digest, size int64) bool {
	if m.cached.embedded != nil && m.adopt(m.cached.embedded) {
		return true
	}
	o := m.options
	if key, ok := o.betterKey(module); ok && m.adoptKept(key) {
		m.cached.better = true
		return true
	}
	return o.Cache != nil && size >= minCached && m.adoptKept(o.key(module))
}

// betterKey is the key of the optimized code of module that is made behind runs, if the cache may have that. Which one is wanted depends
// on whether there are guard pages here; to find that out takes longer than to find that there is neither.
func (o *Options) betterKey(module cache.Digest) (key cache.Key, ok bool) {
	if !o.optimizesBehind() {
		return key, false
	}
	better := o.optimizing(true)
	for _, guards := range []bool{o.Guards, false} {
		if key, _ := better.plan(false, guards).Key(module); o.Cache.Has(key) {
			return better.key(module), true
		}
	}
	return key, false
}

// adoptKept is adoptCached for the entry of key in the cache.
func (m *Module) adoptKept(key cache.Key) bool {
	e, err := m.options.Cache.Get(key)
	if err != nil {
		return false
	}
	if !m.adopt(e) {
		e.Close()
		return false
	}
	return true
}

// adopt makes the skeleton in e the loaded module.
func (m *Module) adopt(e *cache.Entry) bool {
	if !e.HasSkeleton() || !e.HasCode() {
		return false
	}
	b, err := e.Skeleton()
	if err != nil {
		m.discard(e, err)
		return false
	}
	skeleton, err := wasm.Decode(b, wasm.Wasm3|wasm.Threads)
	if err != nil {
		m.discard(e, err)
		return false
	}
	m.Bytes, m.Module = b, skeleton
	m.cached.entry = e
	return true
}

// discard drops an entry that cannot be used.
func (m *Module) discard(e *cache.Entry, why error) {
	switch {
	case m.members != nil:
		m.members.Discard(why)
	case e == m.cached.embedded:
		m.options.Log.Info("The compiled code in the module is damaged; compiling.")
	case m.options.Cache != nil:
		m.options.Cache.Remove(e.Key(), why)
	}
	m.cached.better = false
	if e == m.cached.embedded {
		m.cached.embedded = nil
	}
}

// validateCached stands for validation of a module that was valid when it was cached.
func (m *Module) validateCached() {
	m.Checked = &validate.Result{
		Types: wasm.NewTypeStore().Space(m.Module), Uses: wasm.Features(m.cached.entry.Uses),
	}
}

// Rereading reads m, in place of which an entry of the cache stands, whole, under the proposals
// of its options; nil unless it is still there as it was. It may be called by any goroutine.
func (m *Module) Rereading() func() *wasm.Module {
	if m.members != nil {
		members, n := m.members, m.number
		return func() *wasm.Module { return members.whole(n) }
	}
	o, path, digest := m.options, m.Path, m.Digest()
	return func() *wasm.Module {
		b := o.reread(path, digest)
		if b == nil {
			return nil
		}
		whole, err := wasm.Decode(b, o.Features)
		if err != nil {
			return nil
		}
		return whole
	}
}

// reread is the module in the file path in the binary format, if it has the digest.
func (o *Options) reread(path string, digest cache.Digest) []byte {
	s, err := o.again(path)
	if err != nil || digestOfSource(s.bytes, s.text) != digest {
		return nil
	}
	if s.text {
		if s.bytes, err = s.assemble(); err != nil {
			return nil
		}
	}
	return universal.Without(s.bytes)
}

// Binary reads m in the binary format, also where an entry of the cache stands in for it: then it comes from the file, and is nil if
// that has been changed since. It may be called by any goroutine.
func (m *Module) Binary() func() []byte {
	if !m.StoodIn() {
		b := m.Bytes
		return func() []byte { return b }
	}
	path, digest := m.Path, m.Digest()
	return func() []byte { return m.options.reread(path, digest) }
}

// readAgain reads the regular file path.
func readAgain(path string) (source, error) {
	f, info, err := openFile(path, false)
	if err != nil {
		return source{}, err
	}
	defer f.Close()
	return readOpened(f, info.Size(), path, true)
}

// Precompiled reports whether m brings along code for this user and these options.
func (m *Module) Precompiled() bool { return m.cached.embedded != nil }
