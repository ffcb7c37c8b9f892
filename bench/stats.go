package main

import (
	"math"
	"slices"
)

// quantile is the q-quantile of values (0 <= q <= 1), between neighbours by their distance; NaN of none.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	at := q * float64(len(sorted)-1)
	low := int(at)
	if low+1 == len(sorted) {
		return sorted[low]
	}
	return sorted[low] + (at-float64(low))*(sorted[low+1]-sorted[low])
}

// pairedRatio is the median over rounds of base[i]/other[i]. What a round's neighbours have in common,
// such as a busy machine, cancels out. NaN if there is no such round or other is 0 in it.
func pairedRatio(base, other []float64) float64 {
	var ratios []float64
	for i := range min(len(base), len(other)) {
		if other[i] > 0 {
			ratios = append(ratios, base[i]/other[i])
		}
	}
	return quantile(ratios, 0.5)
}

// geomean is the geometric mean of positive values; NaN of none.
func geomean(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sum := 0.0
	for _, v := range values {
		sum += math.Log(v)
	}
	return math.Exp(sum / float64(len(values)))
}

// median is the middle of values.
func median(values []float64) float64 { return quantile(values, 0.5) }
