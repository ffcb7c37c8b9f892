package limits

import (
	"sync/atomic"
	"time"
)

// Gauge tells what guests have used while they run: as of their latest checkpoints and
// calls of the host, so that it is less than a millisecond behind one that computes. The
// zero value is ready to be part of a [Config]; [Config.Running] reads it.
type Gauge struct {
	counts     [2]atomic.Int64
	time, host atomic.Int64 // nanoseconds
}

// told is what of an account its gauge has been told, and until when it has been running.
type told struct {
	counts amounts
	at     time.Time
}

// Running is what the guests of c have used so far, which may run: any goroutine may ask. c
// has a Gauge.
func (c *Config) Running() Statistics {
	g, v := c.Gauge, c.Variant()
	s := Statistics{Time: c.Time, Instructions: c.Instructions, Gas: c.Gas || c.GasLimit != nil, GasLimit: c.GasLimit}
	s.Host = time.Duration(g.host.Load())
	s.Wasm = max(time.Duration(g.time.Load())-s.Host, 0)
	s.GasCosts = uint64(g.counts[0].Load())
	if k := v.counters() - 1; k >= 0 {
		s.Count = uint64(g.counts[k].Load())
	}
	return s
}

// tell tells the gauge, if there is one, what a has used since it was last told. The counters
// are true.
func (a *Account) tell() {
	g := a.config.Gauge
	if g == nil {
		return
	}
	now := told{a.counts(amounts{}), time.Now()}
	for k, n := range now.counts {
		g.counts[k].Add(n - a.told.counts[k])
	}
	g.time.Add(int64(now.at.Sub(a.told.at)))
	a.told = now
}

// HostReturned is [Account.HostSpent] for who runs the guest, and has just been called by it.
func (a *Account) HostReturned(d time.Duration) {
	a.HostSpent(d)
	if !a.purse.open.Load() { // of which the thread has called is not told
		a.tell()
	}
}
