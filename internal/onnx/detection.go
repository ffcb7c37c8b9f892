package onnx

import (
	"cmp"
	"math"
	"slices"
)

// nonMaxSuppression chooses boxes by their scores, of each class in each batch, leaving out those that
// cover too much of one that has been chosen.
func nonMaxSuppression(c *call) []*Tensor {
	boxes, scores := c.input(0), c.input(1)
	check(len(boxes.Shape) == 3 && boxes.Shape[2] == 4 && len(scores.Shape) == 3 && scores.Shape[0] == boxes.Shape[0] && scores.Shape[2] == boxes.Shape[1],
		"boxes of shape %v, scores of %v", boxes.Shape, scores.Shape)
	only := func(i int, otherwise float64) float64 {
		if t := c.optional(i); t != nil && t.Len() > 0 {
			return reader(t)(0)
		}
		return otherwise
	}
	most, overlap, least := int(only(2, 0)), only(3, 0), only(4, math.Inf(-1))
	batches, classes, n := scores.Shape[0], scores.Shape[1], scores.Shape[2]
	corner, score, centred := reader(boxes), reader(scores), c.flag("center_point_box")
	hold := c.reserve(int64(n) * 16)
	defer c.machine.free(hold)
	order, chosen := make([]int, 0, n), make([]int, 0, n)
	var result []int64
	for k := range batches * classes {
		c.poll()
		order, chosen = order[:0], chosen[:0]
		for i := range n {
			if score(k*n+i) > least {
				order = append(order, i)
			}
		}
		slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(score(k*n+j), score(k*n+i)) })
		b := k / classes
		for tried, i := range order {
			if len(chosen) >= most {
				break
			}
			if tried%64 == 0 {
				c.poll()
			}
			own := box(corner, (b*n+i)*4, centred)
			if slices.ContainsFunc(chosen, func(j int) bool { return own.overlap(box(corner, (b*n+j)*4, centred)) > overlap }) {
				continue
			}
			chosen = append(chosen, i)
			c.extend(hold, 24)
			result = append(result, int64(b), int64(k%classes), int64(i))
		}
	}
	out := c.alloc(Int64, []int{len(result) / 3, 3})
	copy(slice[int64](out), result)
	return []*Tensor{out}
}

// rectangle is the least and the greatest of two coordinates.
type rectangle struct{ lo, hi [2]float64 }

// box is the rectangle at a place: two corners, or the middle and the lengths of the sides.
func box(at func(i int) float64, from int, centred bool) (r rectangle) {
	for d := range 2 {
		a, b := at(from+d), at(from+2+d)
		if centred {
			a, b = a-b/2, a+b/2
		}
		r.lo[d], r.hi[d] = math.Min(a, b), math.Max(a, b)
	}
	return r
}

func (r rectangle) area() float64 { return (r.hi[0] - r.lo[0]) * (r.hi[1] - r.lo[1]) }

// overlap is the part that r and s have in common of what they cover together; 0 where one of them is
// nothing.
func (r rectangle) overlap(s rectangle) float64 {
	both := 1.0
	for d := range 2 {
		both *= math.Max(math.Min(r.hi[d], s.hi[d])-math.Max(r.lo[d], s.lo[d]), 0)
	}
	if both <= 0 || r.area() <= 0 || s.area() <= 0 {
		return math.Inf(-1)
	}
	return both / (r.area() + s.area() - both)
}

// gridSample is the input at the places that a grid says, between -1 and 1 along each dimension.
func gridSample(c *call) []*Tensor {
	t, grid := c.input(0), c.input(1)
	rank := len(t.Shape) - 2
	check(rank > 0 && len(grid.Shape) == rank+2 && grid.Shape[rank+1] == rank && grid.Shape[0] == t.Shape[0], "shapes %v and %v do not fit", t.Shape, grid.Shape)
	s := sampling{dims: t.Shape[2:], aligned: c.flag("align_corners"), padding: c.text("padding_mode", "zeros")}
	for _, n := range s.dims {
		check(n > 0, "shape %v", t.Shape)
	}
	weights := linearWeights
	switch mode := c.text("mode", "linear"); mode {
	case "nearest":
		weights = nearestWeights
	case "cubic", "bicubic":
		weights = cubicWeights
	default:
		check(mode == "linear" || mode == "bilinear", "mode %s", mode)
	}
	places := product(grid.Shape[1 : rank+1])
	out := c.alloc(t.Type, append([]int{t.Shape[0], t.Shape[1]}, grid.Shape[1:rank+1]...))
	value, at, set, inner := reader(t), reader(grid), writer(out), product(s.dims)
	c.each(t.Shape[0]*places, t.Shape[1]<<(2*min(rank, 8)), func(i int) {
		b, p := i/places, i%places
		axes := make([]weighted, rank)
		for d := range rank {
			axes[d] = weights(s.coordinate(d, at(i*rank+rank-1-d)))
		}
		for ch := range t.Shape[1] {
			from := (b*t.Shape[1] + ch) * inner
			set((b*t.Shape[1]+ch)*places+p, s.sum(axes, 0, 0, true, func(j int) float64 { return value(from + j) }))
		}
	})
	return []*Tensor{out}
}

// sampling is how values between and beyond the elements are made.
type sampling struct {
	dims    []int
	aligned bool // -1 and 1 are the middles of the elements at the ends, not their edges
	padding string
}

// weighted are elements along a dimension, from one on, and what each counts.
type weighted struct {
	first int
	by    []float64
}

// coordinate is where x is along dimension d, in elements.
func (s *sampling) coordinate(d int, x float64) float64 {
	n := float64(s.dims[d])
	at := ((x+1)*n - 1) / 2
	if s.aligned {
		at = (x + 1) / 2 * (n - 1)
	}
	switch s.padding {
	case "border":
		at = math.Max(0, math.Min(at, n-1))
	case "reflection":
		at = s.reflected(d, at)
	}
	if !(math.Abs(at) < 1<<30) {
		at = math.Copysign(1<<30, at) // and nothing is there
	}
	return at
}

// reflected is x, thrown back at both ends of dimension d.
func (s *sampling) reflected(d int, x float64) float64 {
	lo, hi := -0.5, float64(s.dims[d])-0.5
	if s.aligned {
		lo, hi = 0, float64(s.dims[d])-1
	}
	length := hi - lo
	if length <= 0 || math.IsInf(x, 0) || math.IsNaN(x) {
		return 0
	}
	if x >= lo && x <= hi {
		return x
	}
	over := math.Mod(math.Abs(x-lo), 2*length)
	if over > length {
		over = 2*length - over
	}
	return lo + over
}

// sum adds up what counts from dimension d on, behind the element at.
func (s *sampling) sum(axes []weighted, d, at int, there bool, value func(i int) float64) float64 {
	if d == len(axes) {
		if !there {
			return 0
		}
		return value(at)
	}
	total := 0.0
	for k, by := range axes[d].by {
		if by == 0 {
			continue
		}
		i, inside := s.index(d, axes[d].first+k)
		total += by * s.sum(axes, d+1, at*s.dims[d]+i, there && inside, value)
	}
	return total
}

// index is the element that stands for number i of dimension d, and whether there is one.
func (s *sampling) index(d, i int) (int, bool) {
	n := s.dims[d]
	if i >= 0 && i < n {
		return i, true
	}
	switch s.padding {
	case "border":
		return max(0, min(i, n-1)), true
	case "reflection":
		return max(0, min(int(s.reflected(d, float64(i))), n-1)), true
	}
	return 0, false
}

func nearestWeights(x float64) weighted { return weighted{int(math.RoundToEven(x)), []float64{1}} }

func linearWeights(x float64) weighted {
	below := math.Floor(x)
	return weighted{int(below), []float64{1 - (x - below), x - below}}
}

// cubicWeights are those of cubic convolution by Keys, with -0.75.
func cubicWeights(x float64) weighted {
	const a = -0.75
	below := math.Floor(x)
	f := x - below
	near := func(r float64) float64 { return ((a+2)*r-(a+3))*r*r + 1 }
	far := func(r float64) float64 { return ((a*r-5*a)*r+8*a)*r - 4*a }
	return weighted{int(below) - 1, []float64{far(f + 1), near(f), near(1 - f), far(2 - f)}}
}
