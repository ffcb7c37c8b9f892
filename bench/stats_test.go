package main

import (
	"math"
	"testing"
)

func TestQuantile(t *testing.T) {
	for _, tt := range []struct {
		name   string
		values []float64
		q      float64
		want   float64
	}{
		{"one value", []float64{3}, 0.25, 3},
		{"odd count, unsorted", []float64{9, 1, 5}, 0.5, 5},
		{"between two", []float64{1, 2}, 0.5, 1.5},
		{"lower quartile", []float64{1, 2, 3, 4, 5}, 0.25, 2},
		{"largest", []float64{1, 2, 3}, 1, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := quantile(tt.values, tt.q); got != tt.want {
				t.Errorf("quantile(%v, %v) = %v, want %v", tt.values, tt.q, got, tt.want)
			}
		})
	}
	if got := quantile(nil, 0.5); !math.IsNaN(got) {
		t.Errorf("quantile of nothing = %v, want NaN", got)
	}
}

func TestPairedRatioCancelsWhatARoundHasInCommon(t *testing.T) {
	// the second round was ten times slower for both commands
	if got := pairedRatio([]float64{1, 10, 1}, []float64{2, 20, 2}); got != 0.5 {
		t.Errorf("pairedRatio = %v, want 0.5", got)
	}
	if got := pairedRatio([]float64{1}, []float64{0}); !math.IsNaN(got) {
		t.Errorf("pairedRatio over zero = %v, want NaN", got)
	}
}

func TestGeomean(t *testing.T) {
	if got := geomean([]float64{1, 4}); math.Abs(got-2) > 1e-12 {
		t.Errorf("geomean(1, 4) = %v, want 2", got)
	}
}
