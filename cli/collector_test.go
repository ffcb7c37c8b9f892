package cli

import (
	"math"
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/wazedge/wazedge/compat"
)

// collector is how Go's collector is set.
func collector() (percent int, limit int64) {
	percent = debug.SetGCPercent(100)
	debug.SetGCPercent(percent)
	return percent, debug.SetMemoryLimit(-1)
}

// TestCollectorIsRestored states what is set while a module is compiled, and that
// nothing of it stays, unless the module is so small that what it leaves is not collected.
func TestCollectorIsRestored(t *testing.T) {
	percent, limit := collector()
	for name, tc := range map[string]struct {
		w       compat.Work
		percent int
		limit   int64
	}{
		"small":       {compat.Work{Size: 1, Memory: 1 << 30}, smallGC, min(limit, 1<<30)},
		"not small":   {compat.Work{Size: maxSmall + 1, Memory: 1 << 30}, generousGC, min(limit, 1<<30)},
		"large":       {compat.Work{Size: maxGenerous + 1, Memory: 1 << 30}, percent, min(limit, 1<<30)},
		"boundless":   {compat.Work{Size: 1, Memory: 1 << 63}, smallGC, limit},
		"garbage":     {compat.Work{Size: minCollected, Garbage: true}, smallGC, limit},
		"hardly any":  {compat.Work{Size: minCollected - 1, Garbage: true}, percent, limit},
		"no compiler": {compat.Work{Size: 1}, percent, limit},
	} {
		restore := collectFor(tc.w)
		if p, l := collector(); p != tc.percent || l != tc.limit {
			t.Errorf("%s: %d %%, %d bytes, want %d %%, %d bytes", name, p, l, tc.percent, tc.limit)
		}
		restore()
		want := percent
		if tc.w.Size < minCollected {
			want = tc.percent
		}
		if p, l := collector(); p != want || l != limit {
			t.Errorf("%s: %d %%, %d bytes afterwards, want %d %%, %d bytes", name, p, l, want, limit)
		}
		debug.SetGCPercent(percent)
	}
}

// TestCollectsOnDemand states that once a heap has not been collected for a time, time alone has it not be collected, that what is allocated
// has, and that all is as before then.
func TestCollectsOnDemand(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100)) // whatever the environment has
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(math.MaxInt64))
	percent, limit := collector()
	var d demand
	d.begin()
	defer d.end()
	d.only()
	if p, l := collector(); p >= 0 || l >= limit {
		t.Errorf("%d %%, %d bytes: collected by time", p, l)
	}
	for restored := false; !restored; runtime.Gosched() { // until the test takes too long
		kept = make([]byte, 1<<20)
		p, l := collector()
		restored = p == percent && l == limit
	}
	d.only()
	d.end()
	if p, l := collector(); p != percent || l != limit {
		t.Errorf("%d %%, %d bytes behind the end, %d %%, %d bytes before", p, l, percent, limit)
	}
	d.only()
	if p, l := collector(); p != percent || l != limit {
		t.Errorf("%d %%, %d bytes behind the end", p, l)
	}
}

// kept is what has been allocated last.
var kept []byte
