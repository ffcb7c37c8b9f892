package native

// simplifyCycles replaces phis that pass on one value among themselves: those of a strongly connected
// component of the graph in which phis lead to their operands, where all operands from elsewhere are
// the same. Loops that exchange two variables of one value have such phis.
func (f *fn) simplifyCycles() {
	c := cycles{fn: f, number: map[value]int32{}, low: map[value]int32{}, open: map[value]bool{}}
	for n := range f.blocks {
		for _, p := range f.blocks[n].phis {
			if c.number[p] == 0 {
				c.visit(p)
			}
		}
	}
	for n := range f.blocks {
		b := &f.blocks[n]
		kept := b.phis[:0]
		for _, p := range b.phis {
			if f.repl[p] == 0 {
				kept = append(kept, p)
			}
		}
		b.phis = kept
	}
	f.simplifyPhis()
}

// cycles is Tarjan's algorithm on phis. It comes to a component behind all those that the component
// leads to.
type cycles struct {
	*fn
	number, low map[value]int32
	open        map[value]bool // on the stack
	stack       []value
	next        int32
}

// visit goes through all that p leads to. The calls to come back to are kept in a list, as they may be
// as many as there are phis.
func (c *cycles) visit(p value) {
	type call struct {
		p  value
		at int // the next operand
	}
	enter := func(p value) call {
		c.next++
		c.number[p], c.low[p] = c.next, c.next
		c.stack = append(c.stack, p)
		c.open[p] = true
		return call{p: p}
	}
	calls := []call{enter(p)}
	for len(calls) > 0 {
		top := &calls[len(calls)-1]
		p := top.p
		if args := c.vals[p].args; top.at < len(args) {
			a := c.of(args[top.at])
			top.at++
			c.spend(1)
			switch {
			case c.vals[a].op != opPhi:
			case c.number[a] == 0:
				calls = append(calls, enter(a))
			case c.open[a]:
				c.low[p] = min(c.low[p], c.number[a])
			}
			continue
		}
		calls = calls[:len(calls)-1]
		if len(calls) > 0 {
			outer := calls[len(calls)-1].p
			c.low[outer] = min(c.low[outer], c.low[p])
		}
		if c.low[p] != c.number[p] {
			continue
		}
		at := len(c.stack) - 1
		for c.stack[at] != p {
			at--
		}
		c.component(c.stack[at:])
		for _, q := range c.stack[at:] {
			c.open[q] = false
		}
		c.stack = c.stack[:at]
	}
}

// component replaces the phis of list, which are still on the stack, if they have one operand from elsewhere.
func (c *cycles) component(list []value) {
	in := make(map[value]bool, len(list))
	for _, p := range list {
		in[p] = true
	}
	only := value(0)
	for _, p := range list {
		c.spend(len(c.vals[p].args))
		for _, a := range c.vals[p].args {
			if a = c.of(a); in[a] || a == only {
				continue
			}
			if only != 0 {
				return
			}
			only = a
		}
	}
	if only == 0 {
		return
	}
	for _, p := range list {
		c.repl[p] = only
	}
}
