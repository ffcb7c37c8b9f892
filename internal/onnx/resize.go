package onnx

import (
	"math"
	"slices"
)

// resize changes the size of an image by looking up elements, or between them.
func resize(c *call) []*Tensor {
	t := c.input(0)
	r := c.resizing(t)
	out := c.alloc(t.Type, r.shape)
	value, set, own := reader(t), writer(out), strides(t.Shape)
	hold := c.reserve(int64(r.total()) * 96) // of weights
	defer c.machine.free(hold)
	weights := make([][][]tap, len(r.shape))
	for d := range r.shape {
		weights[d] = r.taps(d, t.Shape[d])
	}
	c.each(out.Len(), 1<<len(r.shape), func(i int) {
		at := make([][]tap, len(r.shape))
		rest := i
		for d := len(r.shape) - 1; d >= 0; d-- {
			at[d] = weights[d][rest%r.shape[d]]
			rest /= r.shape[d]
		}
		set(i, r.blend(value, at, own))
	})
	return []*Tensor{out}
}

// tap is an element along one dimension with its weight.
type tap struct {
	at     int
	weight float64
}

// resizing is what a resize is to do.
type resizing struct {
	shape         []int
	scales        []float64
	mode, nearest string
	coordinates   string
	cubic         float64
	extrapolation float64
	exclude       bool
	roi           []float64
}

func (r *resizing) total() (n int) {
	for _, d := range r.shape {
		n += d
	}
	return n
}

func (c *call) resizing(t *Tensor) *resizing {
	check(!c.flag("antialias"), "antialias is not supported")
	r := &resizing{
		mode: c.text("mode", "nearest"), nearest: c.text("nearest_mode", "round_prefer_floor"),
		coordinates: c.text("coordinate_transformation_mode", "half_pixel"), cubic: float64(c.float("cubic_coeff_a", -0.75)),
		extrapolation: float64(c.float("extrapolation_value", 0)), exclude: c.flag("exclude_outside"),
		shape: slices.Clone(t.Shape), scales: make([]float64, len(t.Shape)),
	}
	scales, sizes := c.optional(2), c.optional(3)
	if c.op == "Upsample" || c.opset < 11 {
		r.coordinates, r.nearest = "asymmetric", "floor"
		scales, sizes = c.optional(1), nil
	} else if roi := c.optional(1); roi != nil && r.coordinates == "tf_crop_and_resize" {
		r.roi = decimals(roi)
	}
	var factors []float64
	if a := c.attrs["scales"]; a != nil {
		factors = converted[float64](a.floats)
	}
	if scales != nil && scales.Len() > 0 {
		factors = decimals(scales)
	}
	list := make([]int, len(t.Shape))
	for i := range list {
		list[i], r.scales[i] = i, 1
	}
	if c.has("axes") {
		list = axes(c.ints("axes"), len(t.Shape))
	}
	if sizes != nil && sizes.Len() > 0 {
		r.bySizes(t.Shape, list, integers(sizes), c.text("keep_aspect_ratio_policy", "stretch"))
	} else {
		check(len(factors) == len(list), "%d scales for %d dimensions", len(factors), len(list))
		for i, a := range list {
			size := math.Floor(float64(t.Shape[a]) * factors[i])
			check(factors[i] > 0 && size < maxElements, "scales %v", factors)
			r.shape[a], r.scales[a] = int(size), factors[i]
		}
	}
	if r.roi != nil {
		r.placeRegion(list)
	}
	_, ok := count(r.shape)
	check(ok, "shape %v", r.shape)
	return r
}

// placeRegion has the region of interest for every dimension.
func (r *resizing) placeRegion(list []int) {
	check(len(r.roi) == 2*len(list), "a region of %d numbers", len(r.roi))
	rank := len(r.shape)
	full := make([]float64, 2*rank)
	for i := range rank {
		full[rank+i] = 1
	}
	for i, a := range list {
		full[a], full[rank+a] = r.roi[i], r.roi[len(list)+i]
	}
	r.roi = full
}

// bySizes has the result be of that size.
func (r *resizing) bySizes(shape, list, sizes []int, policy string) {
	check(len(sizes) == len(list), "%d sizes for %d dimensions", len(sizes), len(list))
	common := math.NaN()
	for i, a := range list {
		check(sizes[i] >= 0 && shape[a] > 0, "sizes %v of %v", sizes, shape)
		s := float64(sizes[i]) / float64(shape[a])
		switch {
		case math.IsNaN(common), policy == "not_larger" && s < common, policy == "not_smaller" && s > common:
			common = s
		}
	}
	for i, a := range list {
		r.shape[a], r.scales[a] = sizes[i], float64(sizes[i])/float64(shape[a])
		if policy != "stretch" {
			size := math.RoundToEven(common * float64(shape[a]))
			check(size < maxElements, "sizes %v", sizes)
			r.shape[a], r.scales[a] = int(size), common
		}
	}
}

// taps are, for each element of dimension d, those of n that it is made of.
func (r *resizing) taps(d, n int) [][]tap {
	out := make([][]tap, r.shape[d])
	for i := range out {
		if r.shape[d] == n && r.scales[d] == 1 && r.coordinates != "tf_crop_and_resize" {
			out[i] = []tap{{i, 1}}
			continue
		}
		x := r.source(d, i, n)
		if r.coordinates == "tf_crop_and_resize" && (x < 0 || x > float64(n-1)) {
			out[i] = nil
			continue
		}
		out[i] = r.around(x, n)
	}
	return out
}

// source is the place in n elements of dimension d that element i is made from.
func (r *resizing) source(d, i, n int) float64 {
	x, scale, size := float64(i), r.scales[d], float64(r.shape[d])
	switch r.coordinates {
	case "half_pixel":
		return (x+0.5)/scale - 0.5
	case "half_pixel_symmetric":
		adjust := size / (scale * float64(n))
		return float64(n)/2*(1-adjust) + (x+0.5)/scale - 0.5
	case "pytorch_half_pixel":
		if size <= 1 {
			return 0
		}
		return (x+0.5)/scale - 0.5
	case "align_corners":
		if exact := scale * float64(n); exact > 1 {
			return x * float64(n-1) / (exact - 1)
		}
		return 0
	case "asymmetric":
		return x / scale
	case "tf_crop_and_resize":
		check(r.roi != nil, "no region")
		start, end := r.roi[d], r.roi[len(r.shape)+d]
		if size <= 1 {
			return 0.5 * (start + end) * float64(n-1)
		}
		return start*float64(n-1) + x*(end-start)*float64(n-1)/(size-1)
	}
	fail("coordinates %q are not supported", r.coordinates)
	return 0
}

// around are the elements of n around x.
func (r *resizing) around(x float64, n int) []tap {
	lo := math.Floor(x)
	f := x - lo
	inside := func(v float64) int { return int(math.Max(0, math.Min(v, float64(n-1)))) }
	switch r.mode {
	case "nearest":
		return []tap{{inside(r.round(x)), 1}}
	case "linear":
		return []tap{{inside(lo), 1 - f}, {inside(lo + 1), f}}
	case "cubic":
		a := r.cubic
		w := [4]float64{
			((a*(f+1)-5*a)*(f+1)+8*a)*(f+1) - 4*a,
			((a+2)*f-(a+3))*f*f + 1,
			((a+2)*(1-f)-(a+3))*(1-f)*(1-f) + 1,
			((a*(2-f)-5*a)*(2-f)+8*a)*(2-f) - 4*a,
		}
		var out []tap
		sum := 0.0
		for i, weight := range w {
			at := lo - 1 + float64(i)
			if r.exclude && (at < 0 || at > float64(n-1)) {
				continue
			}
			out, sum = append(out, tap{inside(at), weight}), sum+weight
		}
		for i := range out {
			out[i].weight /= sum
		}
		return out
	}
	fail("mode %q is not supported", r.mode)
	return nil
}

func (r *resizing) round(x float64) float64 {
	switch r.nearest {
	case "floor":
		return math.Floor(x)
	case "ceil":
		return math.Ceil(x)
	case "round_prefer_ceil":
		return math.Floor(x + 0.5)
	}
	return math.Ceil(x - 0.5)
}

// blend is the element that is made of those at, one list for each dimension.
func (r *resizing) blend(value func(int) float64, at [][]tap, own []int) float64 {
	var sum func(d, from int, weight float64) float64
	sum = func(d, from int, weight float64) float64 {
		if d == len(at) {
			return weight * value(from)
		}
		total := 0.0
		for _, t := range at[d] {
			total += sum(d+1, from+t.at*own[d], weight*t.weight)
		}
		return total
	}
	for _, list := range at {
		if list == nil {
			return r.extrapolation
		}
	}
	return sum(0, 0, 1)
}
