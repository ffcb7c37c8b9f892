package limits

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestGaugeFollowsAllThreads states that a gauge is told at checkpoints, what all threads have
// used together, that whoever reads it sees numbers that never fall, and that it ends with what
// the accounts have.
func TestGaugeFollowsAllThreads(t *testing.T) {
	const threads, checkpoints = 4, 200
	c := Config{Instructions: true, Gas: true, Time: true, Gauge: new(Gauge)}
	a := NewAccount(c)
	accounts := []*Account{a}
	for range threads - 1 {
		accounts = append(accounts, a.Fork())
	}
	over, read := make(chan struct{}), make(chan uint64)
	var counted atomic.Int64
	go func() {
		var last uint64
		for {
			s := c.Running()
			if s.Count < last {
				t.Errorf("%d instructions after %d", s.Count, last)
			}
			last = s.Count
			select {
			case <-over:
				read <- last
				return
			default:
			}
		}
	}()
	var wait sync.WaitGroup
	for _, own := range accounts {
		wait.Go(func() {
			var counter cell
			own.Connect(&counter)
			if err := own.Begin(); err != nil {
				t.Error(err)
			}
			for range checkpoints {
				counted.Add(-int64(counter.Get()))
				counter.Set(0) // as it runs out
				next, err := own.Checkpoint(0, 0, 0)
				if err != nil {
					t.Error(err)
				}
				counter.Set(uint64(next))
			}
			own.HostReturned(time.Second)
			if err := own.End(true); err != nil {
				t.Error(err)
			}
			if own != a {
				own.Join()
			}
		})
	}
	wait.Wait()
	close(over)
	<-read
	got, want := c.Running(), a.Statistics()
	if got.Count != want.Count || got.GasCosts != want.GasCosts || got.Count != uint64(counted.Load()) || got.Host != threads*time.Second {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// TestGaugeNeedsCheckpoints states that a module which is to be looked at while it runs has them.
func TestGaugeNeedsCheckpoints(t *testing.T) {
	c := Config{Instructions: true}
	if c.Variant().Checked {
		t.Error("checked without a gauge")
	}
	if c.Gauge = new(Gauge); !c.Variant().Checked {
		t.Error("not checked")
	}
}
