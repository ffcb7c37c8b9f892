package onnx

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
