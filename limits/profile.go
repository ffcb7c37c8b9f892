package limits

import (
	"io"
	"time"

	"github.com/wazedge/wazedge/internal/wasm"
)

// Profile is what a guest has used by function: calls, instructions and time, for
// each chain of calls by which a function was reached. Time is that of the guest
// and of the host functions it calls, less what keeping the profile costs.
type Profile struct {
	account *Account
	names   wasm.Names
	moved   func(uint32) uint32 // index in the module that was loaded

	root    node
	at      *node
	count   int64     // instructions when something was last attributed
	since   time.Time // the time of it
	now     func() time.Time
	entered int // nodes below root on the way to at
}

// node is a chain of calls.
type node struct {
	function uint32
	parent   *node
	children []*node
	calls    int64
	count    int64
	spent    time.Duration
}

// maxChain bounds the chains of calls that are told apart; what is called deeper
// counts for the last function of such a chain.
const maxChain = 256

// NewProfile is an empty profile of the guest whose account is a, from the module
// m.
func NewProfile(a *Account, m *wasm.Module) *Profile {
	imported := m.ImportedCount(wasm.ExternFunc)
	added := uint32(0)
	if a.variant.Checked {
		added++
	}
	if a.variant.MaxDepth > 0 {
		added++
	}
	p := &Profile{account: a, names: m.Names(), now: time.Now}
	p.moved = func(f uint32) uint32 {
		if f >= imported+added {
			return f - added
		}
		return f
	}
	p.at = &p.root
	return p
}

// Enter notes the call of a function of the metered module.
func (p *Profile) Enter(function uint32) {
	p.attribute()
	if p.entered++; p.entered <= maxChain {
		p.at = p.at.child(p.moved(function))
	}
	p.at.calls++
	p.since = p.now()
}

// Leave notes the end of the latest call that has not ended yet.
func (p *Profile) Leave(uint32) {
	p.attribute()
	if p.entered--; p.entered < maxChain && p.at.parent != nil {
		p.at = p.at.parent
	}
	p.since = p.now()
}

// attribute gives what was used since the last call or return to the function that
// has run.
func (p *Profile) attribute() {
	count := p.account.instructions()
	if p.at.parent != nil {
		p.at.count += count - p.count
		p.at.spent += p.now().Sub(p.since)
	}
	p.count = count
}

func (n *node) child(function uint32) *node {
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
	e := newPprof(p.names)
	var visit func(n *node, chain []uint64)
	visit = func(n *node, chain []uint64) {
		for _, c := range n.children {
			here := append([]uint64{e.location(c.function)}, chain...)
			e.sample(here, c.calls, c.count, int64(c.spent))
			visit(c, here)
		}
	}
	visit(&p.root, nil)
	return e.writeTo(w)
}
