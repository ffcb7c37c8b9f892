package onnx

import "fmt"

// link finds what the nodes of g refer to, in it or in the graphs around it, and when
// each value is wanted for the last time.
func (g *graph) link(outer []*graph) error {
	for _, n := range g.nodes {
		if err := g.linkNode(n, outer); err != nil {
			return err
		}
	}
	for _, v := range g.results {
		slot, err := g.find(v.Name, outer)
		if err != nil {
			return err
		}
		g.outputs = append(g.outputs, slot)
	}
	g.findDead()
	g.borrowed = make([]bool, len(g.initial))
	for _, slot := range g.inputs {
		g.borrowed[slot] = true
	}
	for _, name := range g.captured {
		g.borrowed[g.slots[name]] = true
	}
	return nil
}

func (g *graph) linkNode(n *node, outer []*graph) (err error) {
	if n.domain != "" && n.domain != "ai.onnx" {
		return fmt.Errorf("operator %s of %s is not supported", n.op, n.domain)
	}
	if n.run = operators()[n.op]; n.run == nil {
		return fmt.Errorf("operator %s is not supported", n.op)
	}
	for _, name := range n.inputNames {
		slot := -1
		if name != "" {
			if slot, err = g.find(name, outer); err != nil {
				return fmt.Errorf("%s: %w", n.op, err)
			}
		}
		n.inputs = append(n.inputs, slot)
	}
	for _, a := range n.attrs {
		if a == nil || a.g == nil {
			continue
		}
		if err := a.g.link(append(outer, g)); err != nil {
			return err
		}
		for _, name := range a.g.captured {
			if _, err := g.find(name, outer); err != nil {
				return err
			}
		}
	}
	for _, name := range n.outputNames {
		slot := -1
		if name != "" {
			slot = g.slot(name)
		}
		n.outputs = append(n.outputs, slot)
	}
	n.inputNames, n.outputNames = nil, nil
	return nil
}

// find is the slot of the value name. One of a graph around g is captured: it gets a slot
// in g.
func (g *graph) find(name string, outer []*graph) (int, error) {
	if slot, ok := g.slots[name]; ok {
		return slot, nil
	}
	for _, o := range outer {
		if _, ok := o.slots[name]; ok {
			g.captured = append(g.captured, name)
			return g.slot(name), nil
		}
	}
	return 0, fmt.Errorf("no value %q", name)
}

// findDead notes for each node the values that are released after it.
func (g *graph) findDead() {
	last := make([]*node, len(g.initial))
	for _, n := range g.nodes {
		for _, slot := range n.uses(g) {
			last[slot] = n
		}
	}
	kept := map[int]bool{}
	for _, slot := range g.outputs {
		kept[slot] = true
	}
	for slot, n := range last {
		if n != nil && !kept[slot] && g.initial[slot] == nil {
			n.dead = append(n.dead, slot)
		}
	}
}

// uses are the slots of g that n reads or writes, its own graphs included.
func (n *node) uses(g *graph) []int {
	var list []int
	for _, slots := range [][]int{n.inputs, n.outputs} {
		for _, slot := range slots {
			if slot >= 0 {
				list = append(list, slot)
			}
		}
	}
	for _, a := range n.attrs {
		if a != nil && a.g != nil {
			for _, name := range a.g.captured {
				list = append(list, g.slots[name])
			}
		}
	}
	return list
}
