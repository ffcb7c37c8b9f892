package onnx

import "slices"

// branch is If: one of two graphs.
func branch(c *call) []*Tensor {
	which := "else_branch"
	if truth(c.input(0)) {
		which = "then_branch"
	}
	g := c.graphOf(which)
	return c.execute(&frame{graph: g, values: make([]*Tensor, len(g.initial)), outer: c.frame})
}

// truth is the one truth value that t is.
func truth(t *Tensor) bool {
	check(t.Type == Bool && t.Len() == 1, "%v of shape %v is no condition", t.Type, t.Shape)
	return slice[uint8](t)[0] != 0
}

// loop runs a graph again and again. Its values are kept, its other outputs put together.
func loop(c *call) []*Tensor {
	g := c.graphOf("body")
	most := int64(-1)
	if t := c.optional(0); t != nil {
		most = int64(integers(t)[0])
	}
	going := c.optional(1) == nil || truth(c.in[1])
	state := append([]*Tensor(nil), c.in[min(2, len(c.in)):]...)
	check(len(g.inputs) == len(state)+2 && len(g.outputs) > len(state), "a body of %d inputs and %d outputs", len(g.inputs), len(g.outputs))
	for _, t := range state {
		check(t != nil, "a value is missing")
		c.retain(t)
	}
	scans := make([][]*Tensor, len(g.outputs)-1-len(state))
	hold := c.reserve(0) // what the lists of tensors take
	defer c.machine.free(hold)
	for i := int64(0); going && (most < 0 || i < most); i++ {
		c.poll()
		out := c.iterate(g, i, state)
		going = truth(out[0])
		for j := range state {
			c.release(state[j])
			state[j] = out[1+j]
		}
		for j := range scans {
			scans[j] = append(scans[j], out[1+len(state)+j])
			c.extend(hold, partSize)
		}
	}
	for _, list := range scans {
		state = append(state, c.stacked(list))
	}
	return state
}

// iterate runs the body of a loop for the i-th time.
func (c *call) iterate(g *graph, i int64, state []*Tensor) []*Tensor {
	f := &frame{graph: g, values: make([]*Tensor, len(g.initial)), outer: c.frame}
	f.values[g.inputs[0]] = &Tensor{Type: Int64, data: []int64{i}}
	f.values[g.inputs[1]] = &Tensor{Type: Bool, data: []uint8{1}}
	for j, t := range state {
		f.values[g.inputs[2+j]] = t
	}
	return c.execute(f)
}

// stacked is one tensor of all in list, which it releases.
func (c *call) stacked(list []*Tensor) *Tensor {
	if len(list) == 0 {
		return c.alloc(Float, []int{0})
	}
	out := c.alloc(list[0].Type, append([]int{len(list)}, list[0].Shape...))
	n := list[0].Len()
	for i, t := range list {
		check(t.Len() == n, "shapes %v and %v do not fit", list[0].Shape, t.Shape)
		copierOf(out, t)(i*n, 0, n, 1)
		c.release(t)
	}
	return out
}

// scan runs a graph for each place along an axis of its inputs, with values that are kept, and puts its other outputs
// together. (Models of version 8 have batches, too, and are not run.)
func scan(c *call) []*Tensor {
	g, scanned := c.graphOf("body"), c.int("num_scan_inputs", 0)
	check(c.opset > 8 && scanned > 0 && scanned <= len(c.in) && len(g.inputs) == len(c.in), "a body of %d inputs for %d, of which %d are scanned", len(g.inputs), len(c.in), scanned)
	kept := len(c.in) - scanned
	made := len(g.outputs) - kept
	check(made >= 0, "a body of %d outputs for %d values", len(g.outputs), kept)
	state := append([]*Tensor(nil), c.in[:kept]...)
	inAxes, inBack := slices.Clone(c.intsOr("scan_input_axes", scanned, 0)), c.intsOr("scan_input_directions", scanned, 0)
	outAxes, outBack := c.intsOr("scan_output_axes", made, 0), c.intsOr("scan_output_directions", made, 0)
	n := -1
	for j, t := range c.in {
		check(t != nil, "a value is missing")
		if j < kept {
			c.retain(t)
			continue
		}
		j -= kept
		inAxes[j] = axis(inAxes[j], len(t.Shape))
		check(n < 0 || t.Shape[inAxes[j]] == n, "inputs of %d and %d places", n, t.Shape[inAxes[j]])
		n = t.Shape[inAxes[j]]
	}
	lists := make([][]*Tensor, made)
	hold := c.reserve(0) // what the lists of tensors take
	defer c.machine.free(hold)
	for i := range n {
		c.poll()
		f := &frame{graph: g, values: make([]*Tensor, len(g.initial)), outer: c.frame}
		for j, slot := range g.inputs {
			if j < kept {
				f.values[slot] = state[j]
				continue
			}
			j -= kept
			at := i
			if inBack[j] != 0 {
				at = n - 1 - i
			}
			f.values[slot] = c.plane(c.in[kept+j], inAxes[j], at)
		}
		out := c.execute(f)
		for j, slot := range g.inputs {
			c.release(f.values[slot])
			if j < kept {
				state[j] = out[j]
			}
		}
		for j := range lists {
			lists[j] = append(lists[j], out[kept+j])
			c.extend(hold, partSize)
		}
	}
	for j, list := range lists {
		if outBack[j] != 0 {
			slices.Reverse(list)
		}
		state = append(state, c.layers(list, outAxes[j]))
	}
	return state
}

// plane is t at one place along axis a.
func (c *call) plane(t *Tensor, a, at int) *Tensor {
	outer, n, inner := product(t.Shape[:a]), t.Shape[a], product(t.Shape[a+1:])
	out := c.alloc(t.Type, append(slices.Clone(t.Shape[:a]), t.Shape[a+1:]...))
	copied := copierOf(out, t)
	c.each(outer, inner, func(o int) { copied(o*inner, (o*n+at)*inner, inner, 1) })
	return out
}

// layers is stacked, along axis a.
func (c *call) layers(list []*Tensor, a int) *Tensor {
	if len(list) == 0 || a == 0 {
		return c.stacked(list)
	}
	first := list[0]
	a = axis(a, len(first.Shape)+1)
	outer, inner := product(first.Shape[:a]), product(first.Shape[a:])
	out := c.alloc(first.Type, slices.Insert(slices.Clone(first.Shape), a, len(list)))
	for i, t := range list {
		check(slices.Equal(t.Shape, first.Shape), "shapes %v and %v do not fit", first.Shape, t.Shape)
		copied := copierOf(out, t)
		c.each(outer, inner, func(o int) { copied((o*len(list)+i)*inner, o*inner, inner, 1) })
		c.release(t)
	}
	return out
}
