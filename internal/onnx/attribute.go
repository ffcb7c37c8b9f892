package onnx

// input is input number i, which has to be there.
func (c *call) input(i int) *Tensor {
	t := c.optional(i)
	check(t != nil, "input %d is missing", i)
	return t
}

// optional is input number i, or nil.
func (c *call) optional(i int) *Tensor {
	if i >= len(c.in) {
		return nil
	}
	return c.in[i]
}

// int, float and text are attributes, or what they are when they are left out.
func (c *call) int(name string, otherwise int) int {
	if a := c.attrs[name]; a != nil {
		return int(a.i)
	}
	return otherwise
}

func (c *call) flag(name string) bool { return c.int(name, 0) != 0 }

func (c *call) float(name string, otherwise float32) float32 {
	if a := c.attrs[name]; a != nil {
		return a.f
	}
	return otherwise
}

func (c *call) text(name, otherwise string) string {
	if a := c.attrs[name]; a != nil {
		return a.s
	}
	return otherwise
}

// ints is an attribute that lists numbers, or nil.
func (c *call) ints(name string) []int {
	if a := c.attrs[name]; a != nil {
		return a.ints
	}
	return nil
}

// intsOr is ints with n times otherwise for one that is left out. There are n.
func (c *call) intsOr(name string, n, otherwise int) []int {
	list := c.ints(name)
	if list == nil {
		list = make([]int, n)
		for i := range list {
			list[i] = otherwise
		}
	}
	check(len(list) == n, "%s lists %d numbers, want %d", name, len(list), n)
	return list
}

// graphOf is an attribute that is a graph.
func (c *call) graphOf(name string) *graph {
	a := c.attrs[name]
	check(a != nil && a.g != nil, "no graph %s", name)
	return a.g
}

// has reports whether there is an attribute name.
func (c *call) has(name string) bool { return c.attrs[name] != nil }

// listed are the numbers of input i or, as older models have them, of the attribute
// name; ok says whether there are any.
func (c *call) listed(i int, name string) (list []int, ok bool) {
	if t := c.optional(i); t != nil {
		return integers(t), true
	}
	return c.ints(name), c.has(name)
}

// maxBytesListed bounds lists of numbers of 8 bits, which become 8 times as large.
const maxBytesListed = 1 << 20

// integers are the elements of t as numbers.
func integers(t *Tensor) []int {
	switch d := t.data.(type) {
	case []int64:
		return narrow(d)
	case []int32:
		return narrow(d)
	case []uint8:
		check(len(d) <= maxBytesListed, "%d numbers", len(d))
		return narrow(d)
	case []int8:
		check(len(d) <= maxBytesListed, "%d numbers", len(d))
		return narrow(d)
	}
	fail("%v where integers are wanted", t.Type)
	return nil
}

func narrow[T number](list []T) []int {
	out := make([]int, len(list))
	for i, v := range list {
		out[i] = int(v)
	}
	return out
}

// axis is a as the number of a dimension among rank.
func axis(a, rank int) int {
	check(a >= -rank && a < rank, "axis %d of %d", a, rank)
	if a < 0 {
		a += rank
	}
	return a
}

// axes is axis for a list, in which nothing is twice.
func axes(list []int, rank int) []int {
	out := make([]int, len(list))
	seen := make([]bool, rank)
	for i, a := range list {
		out[i] = axis(a, rank)
		check(!seen[out[i]], "axis %d is listed twice", a)
		seen[out[i]] = true
	}
	return out
}

// decimals are the elements of t, of one of the floating-point types, in 64 bits.
func decimals(t *Tensor) []float64 {
	switch d := t.data.(type) {
	case []float32:
		return converted[float64](d)
	case []float64:
		return append([]float64(nil), d...)
	}
	fail("%v where floating-point numbers are wanted", t.Type)
	return nil
}
