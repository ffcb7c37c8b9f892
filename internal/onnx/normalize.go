package onnx

import "math"

// normalize scales groups of elements of floating-point numbers by
// what they have in common: each group is given to f, which changes it.
func (c *call) normalize(t *Tensor, dims []bool, f func(v []float64)) *Tensor {
	switch t.Type {
	case Float:
		return normalizeOf[float32](c.machine, t, dims, f)
	case Double:
		return normalizeOf[float64](c.machine, t, dims, f)
	}
	fail("elements of %v are not supported", t.Type)
	return nil
}

func normalizeOf[T number](m *machine, t *Tensor, dims []bool, f func(v []float64)) *Tensor {
	out := m.alloc(t.Type, t.Shape)
	src, dst := slice[T](t), slice[T](out)
	_, _, gone, _ := split(t.Shape, dims)
	s := m.reserve(int64(product(gone)) * 8 * int64(m.threads))
	defer m.free(s)
	buffers := make(chan []float64, m.threads)
	m.gather(t.Shape, dims, func(_, n int, at func(j int) int) {
		var v []float64
		select {
		case v = <-buffers:
		default:
			v = make([]float64, n)
		}
		for j := range n {
			v[j] = float64(src[at(j)])
		}
		f(v)
		for j := range n {
			dst[at(j)] = T(v[j])
		}
		select {
		case buffers <- v:
		default:
		}
	})
	return out
}

// from says that the dimensions of t from number a on are one group.
func from(t *Tensor, a int) []bool {
	dims := make([]bool, len(t.Shape))
	for i := a; i < len(dims); i++ {
		dims[i] = true
	}
	return dims
}

// softmaxLike is an operator along an axis. Older models flatten all from the axis on.
func softmaxLike(f func(v []float64)) operator {
	return func(c *call) []*Tensor {
		t := c.input(0)
		if c.opset < 13 {
			return []*Tensor{c.normalize(t, from(t, axis(c.int("axis", 1), len(t.Shape))), f)}
		}
		dims := make([]bool, len(t.Shape))
		dims[axis(c.int("axis", -1), len(t.Shape))] = true
		return []*Tensor{c.normalize(t, dims, f)}
	}
}

func softmax(v []float64) {
	top, sum := math.Inf(-1), 0.0
	for _, x := range v {
		top = math.Max(top, x)
	}
	for i, x := range v {
		v[i] = math.Exp(x - top)
		sum += v[i]
	}
	for i := range v {
		v[i] /= sum
	}
}

func logSoftmax(v []float64) {
	top, sum := math.Inf(-1), 0.0
	for _, x := range v {
		top = math.Max(top, x)
	}
	for _, x := range v {
		sum += math.Exp(x - top)
	}
	for i := range v {
		v[i] -= top + math.Log(sum)
	}
}

func hardmax(v []float64) {
	best := 0
	for i, x := range v {
		if x > v[best] {
			best = i
		}
	}
	clear(v)
	if len(v) > 0 {
		v[best] = 1
	}
}

// standardize has the mean 0 and the variance 1.
func standardize(epsilon float64) func(v []float64) {
	return func(v []float64) {
		mean, variance := moments(v)
		scale := 1 / math.Sqrt(variance+epsilon)
		for i := range v {
			v[i] = (v[i] - mean) * scale
		}
	}
}

func moments(v []float64) (mean, variance float64) {
	for _, x := range v {
		mean += x
	}
	mean /= float64(len(v))
	for _, x := range v {
		variance += (x - mean) * (x - mean)
	}
	return mean, variance / float64(len(v))
}

// scaled is t*scale + bias, either of which may be nil.
func (c *call) scaled(t, scale, bias *Tensor) *Tensor {
	for _, step := range []struct {
		op   string
		with *Tensor
	}{{"Mul", scale}, {"Add", bias}} {
		if step.with == nil {
			continue
		}
		next := c.arithmetic(step.op, t, c.castTemporary(step.with, t.Type))
		c.release(t)
		t = next
	}
	return t
}

// alongChannels is t, one element for each channel, in a shape that is broadcast to
// rank dimensions.
func (c *call) alongChannels(t *Tensor, rank int) *Tensor {
	if t == nil {
		return nil
	}
	shape := make([]int, max(rank-1, 1))
	for i := range shape {
		shape[i] = 1
	}
	shape[0] = t.Len()
	return t.view(shape...)
}

func layerNormalization(c *call) []*Tensor {
	t := c.input(0)
	a := axis(c.int("axis", -1), len(t.Shape))
	dims, epsilon := from(t, a), float64(c.float("epsilon", 1e-5))
	out := []*Tensor{c.scaled(c.normalize(t, dims, standardize(epsilon)), c.input(1), c.optional(2))}
	if len(c.outputs) > 1 {
		out = append(out, c.reduce(t, reductions("Mean"), dims, true))
	}
	if len(c.outputs) > 2 {
		out = append(out, c.deviations(t, dims, epsilon))
	}
	return out
}

// deviations are one over the standard deviation of each group.
func (c *call) deviations(t *Tensor, dims []bool, epsilon float64) *Tensor {
	mean := c.reduce(t, reductions("Mean"), dims, true)
	centred := c.arithmetic("Sub", t, mean)
	variance := c.reduce(centred, reduction{0, reductions("SumSquare").add, averageOf}, dims, true)
	c.scratch = append(c.scratch, mean, centred, variance)
	return c.real(variance, func(x float64) float64 { return 1 / math.Sqrt(x+epsilon) })
}

func rmsNormalization(c *call) []*Tensor {
	t := c.input(0)
	dims, epsilon := from(t, axis(c.int("axis", -1), len(t.Shape))), float64(c.float("epsilon", 1e-5))
	out := c.normalize(t, dims, func(v []float64) {
		sum := 0.0
		for _, x := range v {
			sum += x * x
		}
		scale := 1 / math.Sqrt(sum/float64(len(v))+epsilon)
		for i := range v {
			v[i] *= scale
		}
	})
	return []*Tensor{c.scaled(out, c.input(1), nil)}
}

func instanceNormalization(c *call) []*Tensor {
	t := c.input(0)
	check(len(t.Shape) > 2, "shape %v", t.Shape)
	out := c.normalize(t, from(t, 2), standardize(float64(c.float("epsilon", 1e-5))))
	return []*Tensor{c.scaled(out, c.alongChannels(c.input(1), len(t.Shape)), c.alongChannels(c.input(2), len(t.Shape)))}
}

func groupNormalization(c *call) []*Tensor {
	t := c.input(0)
	groups := c.int("num_groups", 0)
	check(len(t.Shape) >= 2 && groups > 0 && t.Shape[1]%groups == 0, "%d groups of shape %v", groups, t.Shape)
	parted := t.view(append([]int{t.Shape[0], groups, t.Shape[1] / groups}, t.Shape[2:]...)...)
	out := c.normalize(parted, from(parted, 2), standardize(float64(c.float("epsilon", 1e-5)))).view(t.Shape...)
	return []*Tensor{c.scaled(out, c.alongChannels(c.input(1), len(t.Shape)), c.alongChannels(c.input(2), len(t.Shape)))}
}

// batchNormalization applies the statistics that the model has.
func batchNormalization(c *call) []*Tensor {
	check(!c.flag("training_mode"), "training is not supported")
	t := c.input(0)
	scale, bias, mean, variance := decimals(c.input(1)), decimals(c.input(2)), decimals(c.input(3)), decimals(c.input(4))
	epsilon := float64(c.float("epsilon", 1e-5))
	check(len(t.Shape) >= 2 && len(scale) == t.Shape[1] && len(bias) == len(scale) && len(mean) == len(scale) && len(variance) == len(scale),
		"statistics of %d channels for shape %v", len(scale), t.Shape)
	for i := range scale {
		scale[i] /= math.Sqrt(variance[i] + epsilon)
		bias[i] -= mean[i] * scale[i]
	}
	switch t.Type {
	case Float:
		return []*Tensor{scaleChannels[float32](c.machine, t, scale, bias)}
	case Double:
		return []*Tensor{scaleChannels[float64](c.machine, t, scale, bias)}
	}
	fail("elements of %v are not supported", t.Type)
	return nil
}

func scaleChannels[T number](m *machine, t *Tensor, scale, bias []float64) *Tensor {
	out := m.alloc(t.Type, t.Shape)
	src, dst := slice[T](t), slice[T](out)
	size := product(t.Shape[2:])
	m.each(t.Shape[0]*t.Shape[1], size, func(i int) {
		s, b := T(scale[i%len(scale)]), T(bias[i%len(scale)])
		for j := i * size; j < (i+1)*size; j++ {
			dst[j] = src[j]*s + b
		}
	})
	return out
}

func lpNormalization(c *call) []*Tensor {
	t, p := c.input(0), c.int("p", 2)
	dims := make([]bool, len(t.Shape))
	dims[axis(c.int("axis", -1), len(t.Shape))] = true
	return []*Tensor{c.normalize(t, dims, func(v []float64) {
		sum := 0.0
		for _, x := range v {
			sum += math.Pow(math.Abs(x), float64(p))
		}
		if sum = math.Pow(sum, 1/float64(p)); sum == 0 {
			return
		}
		for i := range v {
			v[i] /= sum
		}
	})}
}

func meanVarianceNormalization(c *call) []*Tensor {
	t := c.input(0)
	list := c.ints("axes")
	if list == nil {
		list = []int{0, 2, 3}
	}
	dims := make([]bool, len(t.Shape))
	for _, a := range axes(list, len(t.Shape)) {
		dims[a] = true
	}
	return []*Tensor{c.normalize(t, dims, func(v []float64) {
		mean, variance := moments(v)
		for i := range v {
			v[i] = (v[i] - mean) / (math.Sqrt(variance) + 1e-9)
		}
	})}
}

// lrn divides by what is around in the neighbouring channels.
func lrn(c *call) []*Tensor {
	t := c.input(0)
	alpha, beta, bias, size := float64(c.float("alpha", 1e-4)), float64(c.float("beta", 0.75)), float64(c.float("bias", 1)), c.int("size", 1)
	check(len(t.Shape) >= 2 && size > 0, "size %d for shape %v", size, t.Shape)
	dims := make([]bool, len(t.Shape))
	dims[1] = true
	return []*Tensor{c.normalize(t, dims, func(v []float64) {
		squares := make([]float64, len(v)+1) // summed up
		for i, x := range v {
			squares[i+1] = squares[i] + x*x
		}
		for i := range v {
			lo, hi := max(i-(size-1)/2, 0), min(i+size/2, len(v)-1)
			v[i] /= math.Pow(bias+alpha/float64(size)*(squares[hi+1]-squares[lo]), beta)
		}
	})}
}
