package pipeline

import (
	"fmt"
	"hash/fnv"
	"strings"

	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
)

// Describe names what p was made for, for people: first what made it, then what [Plan.Variant] tells.
func (p *Plan) Describe() []string {
	return append(append(p.Machine(), fmt.Sprintf("proposals %x", uint64(p.Features))), p.variant()...)
}

// Machine is what [Plan.Describe] begins with: what made it, and where it runs.
func (p *Plan) Machine() []string {
	return []string{
		"pipeline " + strings.TrimSpace(p.Pipeline+" "+p.Build), p.Engine, p.Go, p.Target, fmt.Sprintf("processor %x", p.Processor),
	}
}

// Variant names the options that p is for, in which plans of one machine and program differ; "default" when there are none.
func (p *Plan) Variant() string {
	v := p.variant()
	if p.Features != wasm.Wasm3 {
		v = append(v, fmt.Sprintf("proposals %x", uint64(p.Features)))
	}
	if len(v) == 0 {
		return "default"
	}
	return strings.Join(v, ", ")
}

func (p *Plan) variant() []string {
	var v []string
	say := func(when bool, format string, args ...any) {
		if when {
			v = append(v, fmt.Sprintf(format, args...))
		}
	}
	m := &p.Metering
	say(p.Generic, "generic")
	say(p.Optimize != "", "optimized")
	say(p.Linked, "linked")
	say(m.Instructions, "instructions")
	say(m.Gas && !m.Limited, "gas")
	say(m.Precise, "small gas limit")
	say(m.Limited && !m.Precise, "gas limit")
	say(m.Checked && !m.Limited, "time limit")
	if m.Costs != nil {
		say(true, "costs %08x", sum(m.Costs))
	}
	say(m.MaxDepth != 0, "call depth %d", m.MaxDepth)
	if p.MemoryPages != nil {
		say(true, "memory pages %d", *p.MemoryPages)
	}
	say(p.TableElements != 0, "table elements %d", p.TableElements)
	return v
}

// sum tells tables of costs apart for people.
func sum(c *limits.Costs) uint32 {
	h := fnv.New32a()
	fmt.Fprint(h, c.Instr, c.Host) // maps are printed in order
	return h.Sum32()
}
