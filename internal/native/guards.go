package native

import (
	"github.com/wazedge/wazedge/internal/engine/guard"
	"github.com/wazedge/wazedge/internal/wasm"
)

// guards reports whether accesses of m's memory are left to guards where they are wanted: not those of another
// module's memory, which may have none, nor of one that may be empty, for which the engine has no base.
func (m *module) guards(wanted bool) bool { return wanted && m.memory >= 0 && m.minMemory > 0 }

// guard has accesses stand for the checks in front of them where the pages behind the memory do not let
// them pass: an access that ends where its check ends, with nothing in between that may trap or has an effect.
func (f *fn) guard() {
	if !f.m.guarded {
		return
	}
	for n := range f.blocks {
		b := &f.blocks[n]
		kept := b.ins[:0]
		for k, x := range b.ins {
			if g := f.guarding(b.ins[k+1:], &f.vals[x]); g != 0 {
				f.vals[g].guards = true
				continue
			}
			kept = append(kept, x)
		}
		b.ins = kept
	}
}

// guarding is the access among behind, which follows the check c, that stands for it; 0 if there is none.
func (f *fn) guarding(behind []value, c *val) value {
	end := c.imm
	switch {
	case c.op == opCheckLim && f.vals[c.b].op == opLimit:
		end = f.vals[c.b].imm
	case c.op != opCheck:
		return 0
	}
	for _, x := range behind {
		v := &f.vals[x]
		if (v.op == opLoad || v.op == opStore) && v.a == c.a && v.pos == c.pos && v.imm+uint64(1)<<wasm.Ops[v.aux].Access == end {
			return x
		}
		if v.effect() {
			return 0
		}
	}
	return 0
}

// site is an access that may fault, and what is written behind the function for it.
type site struct {
	at, to int // in the function's code
}

// sitesOf are the sites in the functions made, which begin at offsets.
func sitesOf(made []*machineCode, offsets []uint64) []guard.Site {
	var list []guard.Site
	for i, c := range made {
		if c == nil {
			continue
		}
		for _, s := range c.sites {
			list = append(list, guard.Site{At: uint32(offsets[i]) + uint32(s.at), To: uint32(offsets[i]) + uint32(s.to)})
		}
	}
	return list
}
