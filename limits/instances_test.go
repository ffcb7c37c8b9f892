package limits_test

import (
	"testing"

	"github.com/wazedge/wazedge/limits"
)

// cell is a counter of an instance that is not there.
type cell int64

func (c *cell) Get() uint64  { return uint64(*c) }
func (c *cell) Set(v uint64) { *c = cell(v) }

// use has an instance use n, with a checkpoint where its counter has run out, as code does.
func use(a *limits.Account, c *cell, n int64) error {
	*c += cell(n)
	if *c <= 0 {
		return nil
	}
	next, err := a.Checkpoint(int64(*c), 0, 0)
	if err != nil {
		return err
	}
	*c = cell(next)
	return nil
}

// TestInstancesCountTogether states that what instances use by turns is added up, and that the
// limit holds for all of them together.
func TestInstancesCountTogether(t *testing.T) {
	limit := uint64(10_000_000)
	a := limits.NewAccount(limits.Config{Gas: true, GasLimit: &limit})
	var one, two cell
	a.Connect(&one)
	total := uint64(0)
	spend := func(c *cell, n int64) error {
		total += uint64(n)
		return use(a, c, n)
	}
	if err := spend(&one, 1000); err != nil {
		t.Fatal(err)
	}
	a.Connect(&two)
	for n := range 40 {
		c := &one
		if n%2 == 0 {
			c = &two
		}
		if err := spend(c, 100_000); err != nil {
			t.Fatal(err)
		}
		if got := a.Statistics().GasCosts; got != total {
			t.Fatalf("%d are counted of %d", got, total)
		}
	}
	a.Allow(1_000_000)
	limit = total + 1_000_000
	const quantum = 1 << 17 // of the instance that is not running
	for spend(&one, 1000) == nil {
		if total > limit+quantum {
			t.Fatalf("%d are used of %d", total, limit)
		}
		if err := spend(&two, 1000); err != nil {
			break
		}
	}
	if total < limit {
		t.Errorf("%d may not be used of %d", total, limit)
	}
}
