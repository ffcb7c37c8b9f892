package onnx

// conv is a convolution: each group of channels is unrolled and multiplied with its
// kernels.
func conv(c *call) []*Tensor {
	x, w := c.input(0), c.input(1)
	check(x.Type == w.Type, "operands are %v and %v", x.Type, w.Type)
	switch x.Type {
	case Float:
		return []*Tensor{convOf[float32](c, x, w, c.optional(2))}
	case Double:
		return []*Tensor{convOf[float64](c, x, w, c.optional(2))}
	}
	fail("elements of %v are not supported", x.Type)
	return nil
}

func convOf[T number](c *call, x, weights, bias *Tensor) *Tensor {
	check(len(weights.Shape) == len(x.Shape) && len(x.Shape) >= 3, "kernels %v for shape %v", weights.Shape, x.Shape)
	w := c.window(x.Shape, weights.Shape[2:])
	groups := c.int("group", 1)
	filters := weights.Shape[0]
	check(groups > 0 && filters%groups == 0 && x.Shape[1] == weights.Shape[1]*groups, "kernels %v in %d groups for shape %v", weights.Shape, groups, x.Shape)
	out := c.alloc(x.Type, append([]int{x.Shape[0], filters}, w.out...))
	if bias != nil {
		addChannels[T](c.machine, out, bias)
	}
	channels, taps, results := weights.Shape[1], product(w.kernel), product(w.out)
	size, per := product(w.in), filters/groups
	columns := slice[T](c.temporary(x.Type, channels*taps, results))
	for i := range x.Shape[0] * groups {
		image := slice[T](x)[i*channels*size:][:channels*size]
		unroll(c.machine, w, image, columns, channels)
		kernels := slice[T](weights)[i%groups*per*channels*taps:]
		multiply(c.machine, 1, matrix[T]{kernels, per, channels * taps, false}, matrix[T]{columns, channels * taps, results, false},
			1, slice[T](out)[i*per*results:][:per*results])
	}
	return out
}

// addChannels adds to each channel of t its element of bias.
func addChannels[T number](m *machine, t, bias *Tensor) {
	channels, size := t.Shape[1], product(t.Shape[2:])
	b, dst := slice[T](bias), slice[T](t)
	check(len(b) == channels, "%d biases for %d channels", len(b), channels)
	m.each(t.Shape[0]*channels, size, func(i int) {
		for j := range size {
			dst[i*size+j] += b[i%channels]
		}
	})
}

// convTranspose is the convolution that goes back.
func convTranspose(c *call) []*Tensor {
	switch c.input(0).Type {
	case Float:
		return []*Tensor{convTransposeOf[float32](c)}
	case Double:
		return []*Tensor{convTransposeOf[float64](c)}
	}
	fail("elements of %v are not supported", c.in[0].Type)
	return nil
}

func convTransposeOf[T number](c *call) *Tensor {
	x, weights := c.input(0), c.input(1)
	check(x.Type == weights.Type && len(weights.Shape) == len(x.Shape) && len(x.Shape) >= 3, "kernels %v for shape %v", weights.Shape, x.Shape)
	groups := c.int("group", 1)
	check(groups > 0 && x.Shape[1]%groups == 0 && weights.Shape[0] == x.Shape[1], "kernels %v in %d groups for shape %v", weights.Shape, groups, x.Shape)
	w := c.transposedWindow(x.Shape, weights.Shape[2:])
	filters := weights.Shape[1]
	out := c.alloc(x.Type, append([]int{x.Shape[0], filters * groups}, w.in...))
	if bias := c.optional(2); bias != nil {
		addChannels[T](c.machine, out, bias)
	}
	channels, taps, results, size := x.Shape[1]/groups, product(w.kernel), product(w.out), product(w.in)
	columns := slice[T](c.temporary(x.Type, filters*taps, results))
	for i := range x.Shape[0] * groups {
		kernels := matrix[T]{slice[T](weights)[i%groups*channels*filters*taps:], filters * taps, channels, true}
		multiply(c.machine, 1, kernels, matrix[T]{slice[T](x)[i*channels*results:], channels, results, false}, 0, columns)
		roll(c.machine, w, columns, slice[T](out)[i*filters*size:][:filters*size], filters)
	}
	return out
}

// transposedWindow is the window of the convolution whose results are the image here.
func (c *call) transposedWindow(shape, kernel []int) *window {
	n := len(kernel)
	w := &window{out: shape[2:], kernel: kernel, stride: c.intsOr("strides", n, 1), dilation: c.intsOr("dilations", n, 1), in: make([]int, n)}
	pads, extra, want := c.intsOr("pads", 2*n, 0), c.intsOr("output_padding", n, 0), c.ints("output_shape")
	w.pad, w.padEnd = append([]int(nil), pads[:n]...), append([]int(nil), pads[n:]...)
	how := c.text("auto_pad", "NOTSET")
	for i := range n {
		check(kernel[i] > 0 && kernel[i] < 1<<20 && w.stride[i] > 0 && w.stride[i] < 1<<20 && w.dilation[i] > 0 && w.dilation[i] < 1<<20 &&
			w.pad[i] >= 0 && w.padEnd[i] >= 0 && extra[i] >= 0 && extra[i] < 1<<20, "kernel %v", kernel)
		full := (w.out[i]-1)*w.stride[i] + w.extent(i) + extra[i]
		both := -1
		switch {
		case len(want) >= n:
			both = max(full-want[len(want)-n+i], 0)
			w.in[i] = want[len(want)-n+i]
		case how == "SAME_UPPER" || how == "SAME_LOWER":
			w.in[i] = w.out[i] * w.stride[i]
			both = max(full-w.in[i], 0)
		case how == "VALID":
			w.pad[i], w.padEnd[i] = 0, 0
		}
		if both < 0 {
			w.in[i] = full - w.pad[i] - w.padEnd[i]
		} else if w.pad[i] = both / 2; how == "SAME_LOWER" {
			w.pad[i] = both - both/2
		}
		check(w.in[i] >= 0, "pads %v", pads)
	}
	return w
}

// roll is unroll backwards: what is in the columns is added up in the image.
func roll[T number](m *machine, w *window, columns, image []T, channels int) {
	size, taps, results := product(w.in), product(w.kernel), product(w.out)
	m.each(channels, taps*results, func(ch int) {
		k := newCounter(w.kernel)
		for tap := range taps {
			k.set(tap)
			row := columns[(ch*taps+tap)*results:][:results]
			w.unrollRow(k.at, func(at, from, n, step int) {
				if from < 0 {
					return
				}
				dst := image[ch*size+from:]
				for i, v := range row[at:][:n] {
					dst[i*step] += v
				}
			})
		}
	})
}
