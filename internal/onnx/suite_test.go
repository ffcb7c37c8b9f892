package onnx

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"
)

// TestSuite runs the node tests of the format's own suite, if WAZEDGE_ONNX_SUITE names a
// folder that has them (testdata/nn/suite.py writes it), and prints how many pass.
func TestSuite(t *testing.T) {
	dir := os.Getenv("WAZEDGE_ONNX_SUITE")
	if dir == "" {
		t.Skip("WAZEDGE_ONNX_SUITE names no folder")
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	passed, reasons := 0, map[string][]string{}
	for _, e := range entries {
		if err := suiteCase(filepath.Join(dir, e.Name())); err != nil {
			reasons[err.Error()] = append(reasons[err.Error()], e.Name())
		} else {
			passed++
		}
	}
	keys := []string{}
	for k := range reasons {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		t.Logf("%s: %s", k, strings.Join(reasons[k], " "))
	}
	t.Logf("%d of %d pass", passed, len(entries))
}

// suiteCase runs one test of the suite.
func suiteCase(dir string) error {
	b, err := os.ReadFile(filepath.Join(dir, "model.onnx"))
	if err != nil {
		return err
	}
	m, err := Decode(b, 0)
	if err != nil {
		return err
	}
	read := func(kind string, n int) (list []*Tensor, err error) {
		for i := range n {
			b, err := os.ReadFile(filepath.Join(dir, "test_data_set_0", fmt.Sprintf("%s_%d.pb", kind, i)))
			if err != nil {
				return nil, fmt.Errorf("no value of that kind")
			}
			v, err := DecodeTensor(b)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	}
	in, err := read("input", len(m.Inputs))
	if err != nil {
		return err
	}
	want, err := read("output", len(m.Outputs))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	got, err := m.Run(ctx, in, Limits{})
	if err != nil {
		return err
	}
	for i := range want {
		if err := near(got[i], want[i], tolerance(want[i])); err != nil {
			return err
		}
	}
	return nil
}

// near says how got differs from want by more than tolerance, absolute and relative.
func near(got, want *Tensor, tolerance float64) error {
	if got.Type != want.Type || !slices.Equal(got.Shape, want.Shape) {
		return fmt.Errorf("%v of shape %v, want %v of %v", got.Type, got.Shape, want.Type, want.Shape)
	}
	m := &machine{ctx: context.Background(), limit: DefaultMemory, threads: 1}
	x, y := reader(m.widened(got)), reader(m.widened(want))
	for i := range want.Len() {
		a, b := x(i), y(i)
		if a != b && !(math.Abs(a-b) <= tolerance*(1+math.Abs(b))) && !(math.IsNaN(a) && math.IsNaN(b)) {
			return fmt.Errorf("differs")
		}
	}
	return nil
}

// tolerance is how near an element has to be: as in the suite itself, but for the numbers of
// which 8 bits are significant.
func tolerance(t *Tensor) float64 {
	if t.Type == BFloat16 {
		return 2e-2
	}
	return 1e-3
}
