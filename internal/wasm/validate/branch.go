package validate

import (
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// target finds the frame that label l means.
func (c *checker) target(l uint32) (*frame, bool) {
	if int64(l) >= int64(len(c.ctrl)) {
		return nil, c.fail(beyond(fault.InvalidLabelIdx, "label", l, len(c.ctrl)))
	}
	return &c.ctrl[len(c.ctrl)-1-int(l)], true
}

func (c *checker) branch(op wasm.Op) bool {
	f, ok := c.target(c.in.X)
	if !ok {
		return false
	}
	if op == wasm.OpBr {
		return c.leave(c.label(f))
	}
	return c.pop(wasm.I32) && c.exchange(c.label(f))
}

// labelKind is what decides the types of a label.
type labelKind struct {
	index uint32
	loop  bool
}

// branchTable checks br_table: the operands must do for every label. Labels of
// the same types are looked at once.
func (c *checker) branchTable() bool {
	if !c.pop(wasm.I32) {
		return false
	}
	labels := c.in.Labels
	last := len(labels) - 1
	f, ok := c.target(labels[last])
	if !ok {
		return false
	}
	want := c.label(f)
	clear(c.labels)
	for _, l := range labels[:last] {
		g, ok := c.target(l)
		if !ok {
			return false
		}
		got := c.label(g)
		if len(got) != len(want) {
			return c.fail(mismatches(want, got))
		}
		if len(got) > 1 {
			k := labelKind{index: g.index, loop: g.op == wasm.OpLoop}
			if _, done := c.labels[k]; done {
				continue
			}
			if c.labels == nil {
				c.labels = map[labelKind]struct{}{}
			}
			c.labels[k] = struct{}{}
		}
		if !c.holds(got) {
			return false
		}
	}
	return c.leave(want)
}

// holds checks that operands of the given types are on the stack, and leaves them
// there with the types that they have.
func (c *checker) holds(types []wasm.ValType) bool {
	if len(types) > 1 && !c.spend(len(types)) {
		return false
	}
	kept := c.stack
	ok := c.popAll(types)
	c.stack = kept
	return ok
}
