package limits

// Variant is a way of metering a module: all that decides how [Meter] rewrites it.
// The zero value meters nothing.
type Variant struct {
	// Instructions and Gas are counted exactly.
	Instructions, Gas bool

	// Costs is what instructions cost in gas; nil stands for 1 each.
	Costs *Costs

	// Checked has the guest call its [Account] when a counter has run out: for a
	// deadline, a limit of gas, or to let others run.
	Checked bool

	// Limited has it do so before whatever would be seen outside beyond the limit,
	// which Checked alone does not.
	Limited bool

	// Precise has it do so at every place where control divides or joins, so that
	// the instruction that a limit refuses is known. It is Limited at a price.
	Precise bool

	// MaxDepth bounds how many calls may be active; 0 is no bound but the engine's.
	MaxDepth uint32
}

// Active reports whether v changes modules at all.
func (v Variant) Active() bool {
	return v.counters() > 0 || v.MaxDepth > 0
}

// exact reports whether the first counter counts instructions or gas, rather than
// ticks that only see to it that time is looked at.
func (v Variant) exact() bool { return v.Instructions || v.Gas }

// charges reports whether checkpoints are needed to keep v's promise.
func (v Variant) charges() bool { return v.Checked && !v.Precise }

// gasCosts are the costs if they matter.
func (v Variant) gasCosts() *Costs {
	if !v.Gas {
		return nil
	}
	return v.Costs
}

// counters is how many counters there are. Instructions and gas share one unless
// a table of costs tells them apart.
func (v Variant) counters() int {
	switch {
	case v.Instructions && v.Gas && v.Costs != nil:
		return 2
	case v.exact(), v.Checked:
		return 1
	}
	return 0
}

// prices are what the counters count: gas first, if it is counted.
func (v Variant) prices() *prices {
	p := new(prices)
	if !v.exact() {
		return p
	}
	for op := range p {
		p[op] = amounts{1, 1}
		if v.Gas && v.Costs != nil {
			p[op][0] = int64(v.Costs.Instr[op])
		}
	}
	return p
}
