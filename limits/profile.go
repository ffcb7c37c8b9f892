package limits

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/wazedge/wazedge/internal/wasm"
)

// Profile is what a guest has used by function: instructions and time, for each
// chain of calls by which a function was reached. Time is that of the guest and of
// the host functions it calls.
//
// It is made of samples: some ten thousand times a second the guest tells its stack
// ([Profile.Sample]), and what was used since the last time is the innermost
// function's. Where the stack cannot be told, the profile is told of every call
// instead ([Profile.Enter]), at a price in time.
//
// A guest of several modules whose calls of each other go through the host, as a component is,
// has a Profile for each, which share what they tell: see [Profile.Beside].
type Profile struct {
	*chains
	number uint64       // of the module, among those of the guest
	module *wasm.Module // that was loaded
	named  func() *wasm.Module
	stack  func() []int64 // of the module's functions
}

// chains are what the profiles of a guest share.
type chains struct {
	account *Account
	traced  bool // told of calls
	modules []*Profile

	root    node
	base    *node     // what the module that runs was called from
	depth   int       // of base below root
	running *Profile  // the module that runs, unless calls are told of
	at      *node     // the function that runs
	count   int64     // instructions when something was last attributed
	since   time.Time // the time of it
	now     func() time.Time
	entered int // nodes below root on the way to at

	mu      sync.Mutex
	threads []*Profile // of threads that have ended
}

// node is a chain of calls.
type node struct {
	function uint64 // its index, and from bit 32 on the number of its module
	parent   *node
	children []*node
	events   int64 // samples or calls
	count    int64
	spent    time.Duration
}

// maxChain bounds the chains of calls that are told apart; what is called deeper
// counts for the last function of such a chain.
const maxChain = 256

// sampleEvery is the time between two samples, at least: telling a stack takes some
// microseconds.
const sampleEvery = 100 * time.Microsecond

// NewProfile is an empty profile of the guest whose account is a, from the module
// m. Named is m with its names, asked for when the profile is written: they may have to be read; nil stands
// for m.
func NewProfile(a *Account, m *wasm.Module, named func() *wasm.Module) *Profile {
	if named == nil {
		named = func() *wasm.Module { return m }
	}
	p := &Profile{chains: &chains{account: a, now: time.Now}, module: m, named: named}
	p.modules = []*Profile{p}
	p.at, p.base = &p.root, &p.root
	return p
}

// Beside is the profile of the guest's next module, m; see [NewProfile]. It is the first one's
// where p is nil.
func (p *Profile) Beside(a *Account, m *wasm.Module, named func() *wasm.Module) *Profile {
	q := NewProfile(a, m, named)
	if p == nil {
		return q
	}
	q.chains, q.number = p.chains, uint64(len(p.modules))
	p.modules = append(p.modules, q)
	return q
}

// Fork is an empty profile of a further thread of the guest, whose account is a, and which is told what p is.
func (p *Profile) Fork(a *Account) *Profile {
	q := NewProfile(a, p.module, p.named)
	q.number, q.traced = p.number, p.traced
	return q
}

// Join has p tell also what the thread of q has used, which has ended.
func (p *Profile) Join(q *Profile) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.threads = append(p.threads, q)
}

// join adds what is below m to what is below n.
func (n *node) join(m *node) {
	n.events, n.count, n.spent = n.events+m.events, n.count+m.count, n.spent+m.spent
	for _, c := range m.children {
		n.child(c.function).join(c)
	}
}

// Sampled has the guest tell its stack by stack, the innermost function first, by
// index among the own functions of the module that it is run as.
func (p *Profile) Sampled(stack func() []int64) {
	p.stack = stack
	p.account.sample = func() {
		if r := p.running; r != nil && r.stack != nil && p.now().Sub(p.since) >= sampleEvery {
			r.Sample(r.stack())
		}
	}
}

// Begin notes that the module's function f is called: by a function of the guest that runs, or
// else what was used before is nobody's. The result is to be called when it is over with.
func (p *Profile) Begin(f uint32) (end func()) {
	outer, base, depth := p.running, p.base, p.depth
	if outer != nil && outer.stack != nil && !p.traced {
		outer.find(outer.stack())
		p.attribute()
	}
	at := p.at
	p.running = p
	if !p.traced {
		p.at = at.child(p.number<<32 | uint64(f))
		if depth < maxChain {
			p.base, p.depth = at, p.below(at)
		}
	}
	p.count, p.since = p.account.instructions(), p.now()
	return func() {
		if p.running = outer; p.traced {
			return
		}
		p.at.events++
		p.attribute()
		p.base, p.depth, p.since = base, depth, p.now()
		if p.at = at; outer == nil {
			p.at = &p.root
		}
	}
}

// below is how deep n is below the root.
func (p *Profile) below(n *node) (depth int) {
	for ; n.parent != nil; n = n.parent {
		depth++
	}
	return depth
}

// Sample attributes what was used since the last sample to the innermost function of
// stack. Functions that passes have added are left out.
func (p *Profile) Sample(stack []int64) {
	p.find(stack)
	p.at.events++
	p.attribute()
	p.since = p.now()
}

// find finds out which function runs, by the stack.
func (p *Profile) find(stack []int64) {
	imported := p.module.ImportedCount(wasm.ExternFunc)
	n := p.base
	for i, depth := len(stack)-1, p.depth; i >= 0 && depth < maxChain; i-- {
		if stack[i] < int64(len(p.module.Bodies)) {
			n = n.child(p.number<<32 | uint64(imported+uint32(stack[i])))
			depth++
		}
	}
	if n != p.base {
		p.at = n
	}
}

// Enter notes the call of a function of the metered module.
func (p *Profile) Enter(function uint32) {
	p.traced = true
	p.attribute()
	if p.entered++; p.entered <= maxChain {
		p.at = p.at.child(p.number<<32 | uint64(p.moved(function)))
	}
	p.at.events++
	p.since = p.now()
}

// moved is the index in the module that was loaded of a function of the metered one.
func (p *Profile) moved(f uint32) uint32 {
	imported, added := p.module.ImportedCount(wasm.ExternFunc), uint32(0)
	if p.account.variant.Checked {
		added++
	}
	if p.account.variant.MaxDepth > 0 {
		added++
	}
	if f >= imported+added {
		return f - added
	}
	return f
}

// Leave notes the end of the latest call that has not ended yet.
func (p *Profile) Leave(uint32) {
	p.attribute()
	if p.entered--; p.entered < maxChain && p.at.parent != nil {
		p.at = p.at.parent
	}
	p.since = p.now()
}

// attribute gives what was used since the last time to the function that has run.
func (p *Profile) attribute() {
	count := p.account.instructions()
	if p.at.parent != nil {
		p.at.count += count - p.count
		p.at.spent += p.now().Sub(p.since)
	}
	p.count = count
}

func (n *node) child(function uint64) *node {
	for i, c := range n.children {
		if c.function == function {
			// The next call is likely to be of the same function.
			n.children[0], n.children[i] = c, n.children[0]
			return c
		}
	}
	c := &node{function: function, parent: n}
	n.children = append(n.children, c)
	return c
}

// WriteTo writes the profile in the format of pprof, compressed.
func (p *Profile) WriteTo(w io.Writer) (int64, error) {
	events := "samples"
	if p.traced {
		events = "calls"
	}
	p.mu.Lock()
	for _, q := range p.threads {
		p.root.join(&q.root)
	}
	p.threads = nil
	p.mu.Unlock()
	e := newPprof(p.names(), events)
	var visit func(n *node, chain []uint64)
	visit = func(n *node, chain []uint64) {
		for _, c := range n.children {
			here := append([]uint64{e.location(c.function)}, chain...)
			if c.events > 0 {
				e.sample(here, c.events, c.count, int64(c.spent))
			}
			visit(c, here)
		}
	}
	visit(&p.root, nil)
	return e.writeTo(w)
}

// names are those of the guest's modules, by their numbers, as far as their functions were
// called.
func (p *Profile) names() []wasm.Names {
	called := map[uint64]bool{}
	var visit func(n *node)
	visit = func(n *node) {
		for _, c := range n.children {
			called[c.function>>32] = true
			visit(c)
		}
	}
	visit(&p.root)
	names := make([]wasm.Names, len(p.modules))
	for n, m := range p.modules {
		if called[uint64(n)] {
			names[n] = m.named().Names()
		}
		if len(p.modules) > 1 && names[n].Module == "" {
			names[n].Module = fmt.Sprintf("module[%d]", n)
		}
	}
	return names
}
