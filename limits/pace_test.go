package limits

import (
	"testing"
	"time"
)

// TestCheckpointsAreKeptApart states that the quantum follows how fast a guest counts, within bounds.
func TestCheckpointsAreKeptApart(t *testing.T) {
	var p pace
	now := time.Now()
	p.keep(now)
	for _, step := range []struct {
		passed  time.Duration
		doubled int
	}{
		{soon / 2, 1}, {soon / 2, 2}, {soon, 2}, {seldom, 2}, {soon / 9, 3}, {0, mostDoubled}, {soon / 2, mostDoubled},
		{2 * seldom, 2}, {time.Hour, 1}, {time.Hour, 0}, {time.Hour, 0}, {0, 1},
	} {
		now = now.Add(step.passed)
		if p.keep(now); p.doubled != step.doubled {
			t.Fatalf("doubled %d times behind %v, want %d", p.doubled, step.passed, step.doubled)
		}
	}
}

// TestOthersBoundTheQuantum states that the quantum does not grow where others use the same limit of gas, as it bounds
// by how much that is exceeded.
func TestOthersBoundTheQuantum(t *testing.T) {
	limit := uint64(1 << 40)
	for name, c := range map[string]struct {
		config    Config
		instances int
		want      int64
	}{
		"alone":            {Config{GasLimit: &limit}, 1, quantum << mostDoubled},
		"two instances":    {Config{GasLimit: &limit}, 2, quantum},
		"time":             {Config{TimeLimit: time.Hour}, 2, quantum << mostDoubled},
		"with a profile":   {Config{Profile: true}, 1, sampleQuantum},
		"instructions too": {Config{Instructions: true, TimeLimit: time.Hour}, 1, quantum << mostDoubled},
	} {
		a := NewAccount(c.config)
		for range c.instances {
			a.Connect(new(cell))
		}
		a.pace.doubled = mostDoubled
		if got := a.quantum(); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
