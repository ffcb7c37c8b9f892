package limits

// potentials are vertices grouped by known differences between their values: a
// union-find structure whose links carry an amount.
type potentials struct {
	parent []vertex
	diff   []int64 // value of the vertex minus that of its parent
}

func newPotentials(n int32) *potentials {
	p := &potentials{make([]vertex, n), make([]int64, n)}
	for i := range p.parent {
		p.parent[i] = vertex(i)
	}
	return p
}

// find is the representative of v's group, and v's value minus the value of that.
func (p *potentials) find(v vertex) (root vertex, value int64) {
	for root = v; p.parent[root] != root; root = p.parent[root] {
		value += p.diff[root]
	}
	for rest := value; p.parent[v] != root; {
		parent, diff := p.parent[v], p.diff[v]
		p.parent[v], p.diff[v] = root, rest
		v, rest = parent, rest-diff
	}
	return root, value
}

// join makes the value of to that of from plus by. It reports false, and changes
// nothing, when the difference of the two is known already.
func (p *potentials) join(from, to vertex, by int64) bool {
	a, x := p.find(from)
	b, y := p.find(to)
	if a == b {
		return false
	}
	p.parent[b], p.diff[b] = a, x+by-y
	return true
}

// between is the value of to minus that of from, which are in one group.
func (p *potentials) between(from, to vertex) int64 {
	_, x := p.find(from)
	_, y := p.find(to)
	return y - x
}
