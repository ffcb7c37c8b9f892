package native

import (
	"bytes"

	"github.com/wazedge/wazedge/internal/wasm"
)

// A global that most functions set, as a metered guest sets its counter, is passed from function to function in a register beside
// being written: who is called need not read what was just written, which would wait for it. A function that carries
// the global has it behind its other parameters and results, in a register that the engine's convention leaves to
// it. It begins with an instruction that reads the global, for those who call it and know nothing of that, the engine's code and
// whoever calls by a reference; calls between functions that carry it go behind that instruction. The engine's code takes
// no notice of a result more.

// carrying is what is known of the global that is carried.
type carrying struct {
	global uint32
	by     []bool // the module's own functions that carry it; nil if nobody does
	sigs   []*signature
}

// carryBy has the functions of m that set the global g carry it, if that can be.
func (m *module) carryBy(g uint32) {
	if own := &m.globals[g]; own.imported || own.typ != wasm.I64 || !m.target.carries(m.globalAt(g)) {
		return
	}
	set := wasm.AppendU32([]byte{byte(wasm.OpGlobalSet.Info().Code)}, g)
	m.carried = carrying{g, make([]bool, len(m.Bodies)), make([]*signature, len(m.Types))}
	c := m.target.convention()
	for i := range m.Bodies {
		t := m.Funcs[i]
		m.carried.by[i] = bytes.Contains(m.Bodies[i].Code, set) && m.signature(t).leaves(c.carrying)
		if m.carried.by[i] && m.carried.sigs[t] == nil {
			s, p := *m.signature(t), place{reg: c.carrying}
			s.params, s.results = append(s.params[:len(s.params):len(s.params)], p), append(s.results[:len(s.results):len(s.results)], p)
			m.carried.sigs[t] = &s
		}
	}
}

// globalAt is where global g is in the module's context.
func (m *module) globalAt(g uint32) int32 { return m.layout.globals + 16*int32(g) }

// leaves reports whether nothing is passed in r.
func (s *signature) leaves(r reg) bool {
	for _, list := range [2][]place{s.params, s.results} {
		for _, p := range list {
			if p.reg == r {
				return false
			}
		}
	}
	return true
}

// carries reports whether function x carries the global.
func (m *module) carries(x uint32) bool {
	return m.carried.by != nil && x >= m.imported && m.carried.by[x-m.imported]
}

// calling is how function x is called by its name.
func (m *module) calling(x uint32) *signature {
	t := m.TypeIndexOf(x)
	if m.carries(x) {
		return m.carried.sigs[t]
	}
	return m.signature(t)
}

// drop has the functions of list, which keep the engine's code, carry nothing, and returns the others, of what was made, that
// call them as if they did. Those have to be made anew.
func (m *module) drop(list []uint32, made []*machineCode) (again []int) {
	dropped := map[int32]bool{}
	for _, i := range list {
		if x := m.imported + i; m.carries(x) {
			m.carried.by[i] = false
			dropped[int32(x)] = true
		}
	}
	if len(dropped) == 0 {
		return nil
	}
	for i, c := range made {
		if c == nil {
			continue
		}
		for _, call := range c.calls {
			if dropped[call.target] {
				again = append(again, i)
				break
			}
		}
	}
	return again
}
