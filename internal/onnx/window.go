package onnx

// window is how a kernel moves over the dimensions of an image.
type window struct {
	in, out  []int // sizes of the image and of the result
	kernel   []int
	stride   []int
	dilation []int
	pad      []int // before the first element in each dimension
	padEnd   []int // behind the last
}

// window reads the attributes of a kernel that moves over the image in the shape's
// dimensions from the third on.
func (c *call) window(shape, kernel []int) *window {
	check(len(shape) >= 3, "shape %v has no room for a kernel", shape)
	n := len(shape) - 2
	if kernel == nil {
		kernel = c.ints("kernel_shape")
	}
	check(len(kernel) == n, "kernel %v for shape %v", kernel, shape)
	w := &window{in: shape[2:], kernel: kernel, stride: c.intsOr("strides", n, 1), dilation: c.intsOr("dilations", n, 1)}
	pads := c.intsOr("pads", 2*n, 0)
	w.pad, w.padEnd = append([]int(nil), pads[:n]...), append([]int(nil), pads[n:]...)
	for i := range n {
		check(kernel[i] > 0 && w.stride[i] > 0 && w.dilation[i] > 0 && kernel[i] < 1<<20 && w.dilation[i] < 1<<20 && w.stride[i] < 1<<30, "kernel %v", kernel)
	}
	w.pads(c.text("auto_pad", "NOTSET"))
	w.out = make([]int, n)
	for i := range n {
		check(w.pad[i] >= 0 && w.padEnd[i] >= 0 && w.pad[i] < 1<<30 && w.padEnd[i] < 1<<30, "pads %v", pads)
		room := w.in[i] + w.pad[i] + w.padEnd[i] - w.extent(i)
		check(room >= 0, "kernel %v is larger than %v", kernel, w.in)
		w.out[i] = room/w.stride[i] + 1
		if c.flag("ceil_mode") {
			w.out[i] = (room+w.stride[i]-1)/w.stride[i] + 1
			if (w.out[i]-1)*w.stride[i] >= w.in[i]+w.pad[i] {
				w.out[i]--
			}
		}
	}
	return w
}

// extent is how many elements of the image the kernel spans.
func (w *window) extent(i int) int { return (w.kernel[i]-1)*w.dilation[i] + 1 }

// pads computes the padding that how asks for.
func (w *window) pads(how string) {
	if how == "NOTSET" {
		return
	}
	for i := range w.in {
		w.pad[i], w.padEnd[i] = 0, 0
		if how == "VALID" {
			continue
		}
		out := (w.in[i] + w.stride[i] - 1) / w.stride[i]
		both := max((out-1)*w.stride[i]+w.extent(i)-w.in[i], 0)
		w.pad[i], w.padEnd[i] = both/2, both-both/2
		if how == "SAME_LOWER" {
			w.pad[i], w.padEnd[i] = both-both/2, both/2
		}
	}
}

// counter counts through all positions below the sizes.
type counter struct{ sizes, at []int }

func newCounter(sizes []int) *counter { return &counter{sizes, make([]int, len(sizes))} }

// set moves to position number n.
func (c *counter) set(n int) {
	for i := len(c.sizes) - 1; i >= 0; i-- {
		c.at[i] = n % c.sizes[i]
		n /= c.sizes[i]
	}
}

// next moves to the next position.
func (c *counter) next() {
	for i := len(c.sizes) - 1; i >= 0; i-- {
		if c.at[i]++; c.at[i] < c.sizes[i] {
			return
		}
		c.at[i] = 0
	}
}

// source is the element of the image under position k of the kernel for the result at o,
// and whether there is one.
func (w *window) source(o, k []int) (int, bool) {
	at := 0
	for i := range w.in {
		x := o[i]*w.stride[i] + k[i]*w.dilation[i] - w.pad[i]
		if x < 0 || x >= w.in[i] {
			return 0, false
		}
		at = at*w.in[i] + x
	}
	return at, true
}

// unroll writes, for each position of the kernel in each channel of the image, a row of
// what is under it for all results: with that a convolution is a product.
func unroll[T any](m *machine, w *window, image, columns []T, channels int) {
	size, taps, results := product(w.in), product(w.kernel), product(w.out)
	m.each(channels*taps, results, func(row int) {
		k := newCounter(w.kernel)
		k.set(row % taps)
		w.unrollRow(k.at, func(at, from, n, step int) {
			dst := columns[row*results+at:][:n]
			if from < 0 {
				clear(dst)
				return
			}
			src := image[row/taps*size+from:]
			if step == 1 {
				copy(dst, src)
				return
			}
			for i := range dst {
				dst[i] = src[i*step]
			}
		})
	})
}

// unrollRow calls f with runs of n results at number at: those under which position k of the
// kernel has elements of the image from number from on, step apart, or none if from is
// negative.
func (w *window) unrollRow(k []int, f func(at, from, n, step int)) {
	last := len(w.in) - 1
	width, step := w.out[last], w.stride[last]
	shift := k[last]*w.dilation[last] - w.pad[last]
	lo := min(max((-shift+step-1)/step, 0), width) // first result that has an element
	if shift >= 0 {
		lo = 0
	}
	hi := lo // behind the last
	if w.in[last]-1-shift >= 0 {
		hi = max(min((w.in[last]-1-shift)/step+1, width), lo)
	}
	o := newCounter(w.out)
	for at := 0; at < product(w.out); at += width {
		o.set(at)
		from, ok := w.sourceRow(o.at, k)
		if !ok {
			f(at, -1, width, 0)
			continue
		}
		f(at, -1, lo, 0)
		if hi > lo {
			f(at+lo, from+lo*step+shift, hi-lo, step)
		}
		f(at+hi, -1, width-hi, 0)
	}
}

// sourceRow is source for the row of the image, which begins there.
func (w *window) sourceRow(o, k []int) (int, bool) {
	at := 0
	last := len(w.in) - 1
	for i := range last {
		x := o[i]*w.stride[i] + k[i]*w.dilation[i] - w.pad[i]
		if x < 0 || x >= w.in[i] {
			return 0, false
		}
		at = at*w.in[i] + x
	}
	return at * w.in[last], true
}
