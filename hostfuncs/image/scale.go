package image

import (
	"encoding/binary"
	"math"
	"sync"
)

// scaling is an image to be scaled as the guest wants it.
type scaling struct {
	*pixels
	kind        kind
	interrupted func() bool
}

// pieceOfRow is how many pixels are made before a call looks whether the guest is to stop.
const pieceOfRow = 1 << 14

// into leaves the image at the start of target, width by height pixels, unless the guest is
// interrupted. Like WasmEdge's, larger images are interpolated by Catmull and Rom's spline and
// smaller ones by Mitchell and Netravali's; beyond its edge, an image goes on as at the edge.
func (s scaling) into(target []byte, width, height int) {
	if width == 0 || height == 0 {
		return
	}
	row := make([]float32, 3*s.width)
	across, down := axis{s.width, width}, axis{s.height, height}
	var taps []tap
	for y := range height {
		taps = down.taps(taps[:0], y)
		if !s.blend(row, taps) || !s.stretch(target[y*width*int(s.kind.size()):], row, across) {
			return
		}
	}
}

// blend leaves in row what taps make of the rows of the image. It reports false when the guest
// is interrupted.
func (s scaling) blend(row []float32, taps []tap) bool {
	values := bytesAsFloats()
	if s.kind.floats() {
		values = linear()
	}
	clear(row)
	for _, t := range taps {
		if s.interrupted() {
			return false
		}
		for x, b := range s.rgb[t.at*len(row):][:len(row)] {
			row[x] += values[b] * t.weight
		}
	}
	return true
}

// stretch leaves row at the start of target, as long as the axis says. It reports false when
// the guest is interrupted.
func (s scaling) stretch(target []byte, row []float32, across axis) bool {
	var taps []tap
	for x := range across.to {
		if x%pieceOfRow == 0 && s.interrupted() {
			return false
		}
		var c [3]float32
		taps = across.taps(taps[:0], x)
		for _, t := range taps {
			from := row[3*t.at:][:3]
			c[0] += from[0] * t.weight
			c[1] += from[1] * t.weight
			c[2] += from[2] * t.weight
		}
		if s.kind.reversed() {
			c[0], c[2] = c[2], c[0]
		}
		s.put(target, x, c)
	}
	return true
}

// put writes pixel x to target.
func (s scaling) put(target []byte, x int, c [3]float32) {
	for n, v := range c {
		if s.kind.floats() {
			binary.LittleEndian.PutUint32(target[12*x+4*n:], math.Float32bits(v))
		} else {
			target[3*x+n] = byte(min(max(v, 0), 255) + 0.5)
		}
	}
}

// bytesAsFloats are the numbers that bytes stand for.
var bytesAsFloats = sync.OnceValue(func() *[256]float32 {
	var values [256]float32
	for n := range values {
		values[n] = float32(n)
	}
	return &values
})

// linear are the brightnesses from 0 to 1 that bytes stand for, of a display with a gamma of
// 2.2, which is what WasmEdge makes of bytes when a guest wants numbers.
var linear = sync.OnceValue(func() *[256]float32 {
	var values [256]float32
	for n := range values {
		values[n] = float32(math.Pow(float64(float32(n)/255), 2.2))
	}
	return &values
})

// axis is one of the two directions of an image: how many pixels there are, and are to be.
type axis struct{ from, to int }

// tap is what a pixel of the image counts for in a pixel that is made.
type tap struct {
	at     int
	weight float32
}

// taps appends what pixel n is made of.
func (a axis) taps(list []tap, n int) []tap {
	if a.from == a.to {
		return append(list, tap{n, 1})
	}
	spline, step := catmullRom, 1.0
	if a.to < a.from {
		spline, step = mitchell, float64(a.to)/float64(a.from)
	}
	centre := (float64(n) + 0.5) * float64(a.from) / float64(a.to)
	first, last := int(math.Floor(centre-2/step+0.5)), int(math.Floor(centre+2/step-0.5))
	sum := 0.0
	for i := first; i <= last; i++ {
		sum += spline((float64(i) + 0.5 - centre) * step)
	}
	for i := first; i <= last; i++ {
		w := float32(spline((float64(i)+0.5-centre)*step) / sum)
		at := min(max(i, 0), a.from-1)
		if k := len(list); k > 0 && list[k-1].at == at {
			list[k-1].weight += w
		} else {
			list = append(list, tap{at, w})
		}
	}
	return list
}

// catmullRom is the spline by which an image is interpolated, at x from a pixel.
func catmullRom(x float64) float64 {
	switch x = math.Abs(x); {
	case x < 1:
		return 1 - x*x*(2.5-1.5*x)
	case x < 2:
		return 2 - x*(4+x*(0.5*x-2.5))
	}
	return 0
}

// mitchell is the spline by which an image is made smaller, at x from a pixel.
func mitchell(x float64) float64 {
	switch x = math.Abs(x); {
	case x < 1:
		return (16 + x*x*(21*x-36)) / 18
	case x < 2:
		return (32 + x*(-60+x*(36-7*x))) / 18
	}
	return 0
}
