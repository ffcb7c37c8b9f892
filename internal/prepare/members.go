package prepare

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/native"
	"github.com/wazedge/wazedge/internal/pipeline"
	"github.com/wazedge/wazedge/internal/skeleton"
	"github.com/wazedge/wazedge/internal/universal"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wasm/validate"
	"github.com/wazedge/wazedge/internal/wat"
)

// Members are the core modules of a component, whose code is kept in one entry, of the cache or
// of the component's file, which then stands in for all of the component.
type Members struct {
	options *Options
	name    string // of the component's file, for people
	bytes   []byte // of the component, without what it brings along
	digest  cache.Digest
	keeps   bool         // code that is made is kept
	entry   *cache.Entry // that stands in for the component; nil for none

	embedded, better bool // the entry came with the component; its code was made better, see [Options.Optimize]

	mu      sync.Mutex
	list    []*Module
	made    []*cache.Contents // by module; nil for those without code
	decoded []*wasm.Module    // the whole modules, once they have been wanted behind an entry
}

// Members are those of the component b, whose file is called name by people. What is kept of it is found by its bytes.
func (o *Options) Members(name string, b []byte) *Members {
	size, embedded := universal.Find(bytes.NewReader(b), int64(len(b)))
	ms := &Members{options: o, name: filepath.Base(name), bytes: b[:size:size]}
	if !o.caches() || len(b) < minCached {
		return ms
	}
	if o.Cache == nil && len(embedded) == 0 {
		return ms
	}
	ms.digest, ms.keeps = cache.DigestOf(ms.bytes), o.Cache != nil
	if len(embedded) > 0 {
		ms.entry, ms.better = o.choose(embedded, ms.digest, o.trust(name))
		ms.embedded = ms.entry != nil
	}
	if ms.entry == nil {
		if key, ok := o.betterKey(ms.digest); ok {
			ms.entry, _ = o.Cache.Get(key)
			ms.better = ms.entry != nil
		}
	}
	if ms.entry == nil && o.Cache != nil {
		ms.entry, _ = o.Cache.Get(o.key(ms.digest))
	}
	if ms.entry != nil && !ms.entry.HasSkeleton() {
		ms.Without()
	}
	return ms
}

// IsComponent reports whether b is a component, in the binary format or as text.
func IsComponent(b []byte) bool { return wasm.IsComponent(b) || wat.IsComponent(b) }

// DecodeComponent reads b, a component in the binary format or as text, whose core modules may
// use the proposals of f. The error is a *[fault.Error], or for text a [*wat.Error].
func DecodeComponent(b []byte, f wasm.Features) (*component.Component, error) {
	if wasm.IsComponent(b) {
		return component.Decode(b, f)
	}
	return wat.ParseComponent(b)
}

// AssembleComponent is [DecodeComponent] for who executes the component: what is said of places in
// text is of places in the binary format that stands for it.
func AssembleComponent(b []byte, f wasm.Features) (*component.Component, error) {
	c, err := DecodeComponent(b, f)
	if err != nil || wasm.IsComponent(b) {
		return c, err
	}
	return component.Decode(component.Encode(c), f)
}

// Bytes are those of the component; of its skeleton where an entry stands in for it.
func (ms *Members) Bytes() []byte {
	if ms.entry == nil {
		return ms.bytes
	}
	b, err := ms.entry.Skeleton()
	if err != nil {
		ms.Discard(err)
		return ms.bytes
	}
	return b
}

// Whole are the bytes of the component, less what it brings along.
func (ms *Members) Whole() []byte { return ms.bytes }

// StoodIn reports whether an entry stands in for the component.
func (ms *Members) StoodIn() bool { return ms.entry != nil }

// Uses are the proposals that core module n makes use of, by the entry that stands in for the component.
func (ms *Members) Uses(n int) wasm.Features { return wasm.Features(ms.entry.Member(n).Uses) }

// Discard drops the entry, which is damaged, for later runs.
func (ms *Members) Discard(why error) {
	if ms.entry != nil && ms.options.Cache != nil {
		ms.options.Cache.Remove(ms.entry.Key(), why)
	}
}

// Without goes on without the entry, before a module has been added.
func (ms *Members) Without() {
	ms.entry.Close()
	ms.entry, ms.embedded, ms.better = nil, false, false
}

// Add is the next core module of the component: m, whose bytes are b, and of which validation
// has found checked. Core modules are added in the order of the file, those of components
// within where these are.
func (ms *Members) Add(m *wasm.Module, b []byte, checked *validate.Result) *Module {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	out := &Module{options: ms.options, Bytes: b, Module: m, Checked: checked, members: ms, number: len(ms.list)}
	if ms.entry != nil && out.number < ms.entry.Members() {
		out.cached.entry, out.cached.better = ms.entry.Member(out.number), ms.better
	}
	ms.list = append(ms.list, out)
	ms.made = append(ms.made, nil)
	return out
}

// errNoCode is the error where the entry of a component has no code of a core module.
var errNoCode = errors.New("the core module has not been compiled before")

// reload makes m what the component has in its place, as if there were no entry.
func (ms *Members) reload(m *Module) error {
	whole := ms.whole(m.number)
	if whole == nil {
		return cache.ErrCorrupt
	}
	checked, err := validate.Module(whole, ms.options.Features, validate.Options{Workers: ms.options.Workers, Store: wasm.NewTypeStore()})
	if err != nil {
		return err
	}
	m.Module, m.Bytes, m.Checked = whole, wasm.Encode(whole), checked
	return nil
}

// whole is core module n with its bodies, or nil.
func (ms *Members) whole(n int) *wasm.Module {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	if ms.decoded == nil {
		c, err := AssembleComponent(ms.bytes, ms.options.Features)
		if err != nil {
			return nil
		}
		for m := range c.Modules() {
			linkable, _ := m.Linkable()
			ms.decoded = append(ms.decoded, linkable)
		}
	}
	if n >= len(ms.decoded) {
		return nil
	}
	return ms.decoded[n]
}

// compileMember compiles b, what the engine is given for m, and remembers the code for the
// entry of m's component.
func (m *Module) compileMember(ctx context.Context, t Target, b []byte, r *pipeline.Result) (*engine.Code, error) {
	plan := m.options.Plan(false)
	return m.compileBest(ctx, t, b, plan, r, func(code native.Machine) {
		m.members.mu.Lock()
		defer m.members.mu.Unlock()
		m.members.made[m.number] = entryOf(plan, cache.Key{}, m.source(), r, code)
	})
}

// Keep writes what has been compiled to the cache, if that is the first time. Skeletons is c,
// the component, with the modules that it is given in the place of its own.
func (ms *Members) Keep(c *component.Component) {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	if !ms.keeps || ms.entry != nil || !slices.ContainsFunc(ms.made, func(m *cache.Contents) bool { return m != nil }) {
		return
	}
	ms.keeps = false
	o := ms.options
	contents, err := ms.contents(c, o.Plan(false), o.key(ms.digest), ms.made)
	if err == nil {
		err = o.Cache.Put(contents)
	}
	if err != nil {
		o.Log.Debug("cache: " + err.Error())
	}
	ms.made = make([]*cache.Contents, len(ms.list))
}

// contents is the entry of c, to be found under key, of what p has made of its core modules.
func (ms *Members) contents(c *component.Component, p *pipeline.Plan, key cache.Key, made []*cache.Contents) (*cache.Contents, error) {
	out := &cache.Contents{
		Key: key,
		Manifest: cache.Manifest{
			Plan: p.Describe(), Variant: p.Variant(), Name: ms.name, Size: int64(len(ms.bytes)), Created: time.Now(),
		},
		Members: make([]cache.Contents, len(made)),
	}
	skeletons := make([][]byte, len(made))
	for n, m := range made {
		if m == nil {
			m = &cache.Contents{Skeleton: wasm.Encode(skeleton.Of(ms.list[n].Module, skeleton.SegmentsEmpty))}
		}
		out.Members[n], skeletons[n] = *m, m.Skeleton
		out.Members[n].Skeleton = nil
		out.Members[n].Uses = uint32(ms.list[n].Checked.Uses)
	}
	b, err := component.Encoded(c, skeletons)
	out.Skeleton = b
	return out, err
}

// Close lets go of the entry. Code that has been made stays.
func (ms *Members) Close() error {
	if ms.entry == nil {
		return nil
	}
	return ms.entry.Close()
}

// Precompile compiles the core modules of c for the cache of others, in each way of p: the
// entries that make the component a universal one. There are none where the code of one would
// take out of all proportion, or the engine is not the one that is known.
func (ms *Members) Precompile(ctx context.Context, t Target, c *component.Component, p *Precompiling) ([]*cache.Contents, error) {
	var ways [][]*cache.Contents
	for n, m := range ms.list {
		_, entries, err := m.Precompile(ctx, t, p)
		if err != nil || len(entries) == 0 {
			return nil, err
		}
		if n == 0 {
			ways = make([][]*cache.Contents, len(entries))
		}
		for k, e := range entries {
			ways[k] = append(ways[k], e)
		}
	}
	var out []*cache.Contents
	digest := cache.DigestOf(ms.bytes)
	for k, plan := range ms.options.plans(p) {
		key, ok := plan.Key(digest)
		if !ok || k >= len(ways) {
			break
		}
		e, err := ms.contents(c, plan, key, ways[k])
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}
