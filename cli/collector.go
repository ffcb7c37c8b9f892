package cli

import (
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/machine"
)

// The engine's compiler makes garbage faster than anything else here. While it is at modules that are not large, the heap may
// grow to so many percent more than is in use: what it takes for the smallest it has taken anyway, for its least size, and what
// lives of larger ones is most of what the process takes.
const (
	maxSmall    = 384 << 10
	smallGC     = 400
	maxGenerous = 4 << 20
	generousGC  = 200
)

// minCollected is the size of the smallest module that leaves garbage worth collecting. What smaller ones leave is not collected before the guest
// begins, nor beside it: a collection would wait for a guest that computes, and take a core meanwhile.
const minCollected = 64 << 10

// working follows the steps with the module in the file path: it sets the garbage
// collector for them, and tells a person at the terminal.
func (p *Process) working(path string) func(compat.Work) (done func()) {
	tell := p.progress(path)
	return func(w compat.Work) (done func()) {
		told, restore := tell(w), collectFor(w)
		return func() {
			restore()
			told()
		}
	}
}

// collectFor sets the garbage collector for the step w: while something is compiled,
// less often, and more often where the Go heap is about to outgrow what the process may
// take. A stricter bound that the environment sets stays.
func collectFor(w compat.Work) (restore func()) {
	if w.Garbage {
		if w.Size < minCollected {
			return func() {}
		}
		// What compiling has needed is several times what is left: the system gets it back, so that
		// all that follows takes less than compiling did.
		debug.FreeOSMemory()
		machine.ReleaseProgram()
		return seldom(w)
	}
	if w.Memory == 0 {
		return func() {}
	}
	stop := releaseOften()
	limit := debug.SetMemoryLimit(-1)
	debug.SetMemoryLimit(min(limit, int64(min(w.Memory, math.MaxInt64))))
	often := seldom(w)
	return func() {
		stop()
		if w.Size >= minCollected {
			often()
		}
		debug.SetMemoryLimit(limit)
	}
}

// settled sets the garbage collector for a guest whose first functions are compiled: that was most of the garbage, and what is left to
// be compiled is little at a time beside what lives.
func settled() {
	debug.FreeOSMemory()
	machine.ReleaseProgram()
	debug.SetGCPercent(generousGC)
}

// Go collects its heap two minutes behind the last time, whatever is allocated. While a guest computes without a call of the host, a
// collection cannot begin: it asks the guest to stop thousands of times a second, and takes a third of another core. So unaskedAfter
// behind the last time only what is allocated has the heap be collected, once it has taken moreUnasked.
const (
	unaskedAfter = 100 * time.Second
	moreUnasked  = 64 << 20
)

// collectOnDemand has the heap not be collected by time alone, until stop is called.
func collectOnDemand() (stop func()) {
	var d demand
	d.begin()
	return d.end
}

// demand has the heap be collected for what is allocated alone, when it has not been collected for unaskedAfter.
type demand struct {
	mu      sync.Mutex
	timer   *time.Timer
	restore func() // what was set before; nil while that is in effect
	over    bool
}

// begin has the time begin.
func (d *demand) begin() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.over {
		d.timer = time.AfterFunc(unaskedAfter, d.only)
	}
}

// only has what is allocated be all that the heap is collected for, until it is.
func (d *demand) only() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.over {
		return
	}
	percent, limit := debug.SetGCPercent(-1), debug.SetMemoryLimit(-1)
	if percent < 0 { // the environment has it so
		return
	}
	d.restore = func() {
		debug.SetMemoryLimit(limit)
		debug.SetGCPercent(percent)
	}
	debug.SetMemoryLimit(min(limit, taken()+moreUnasked))
	runtime.AddCleanup(new(*demand), func(d *demand) { d.usual(); d.begin() }, d)
}

// usual has what was set before be in effect.
func (d *demand) usual() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.restore != nil {
		d.restore()
		d.restore = nil
	}
}

func (d *demand) end() {
	d.mu.Lock()
	d.over = true
	d.timer.Stop()
	d.mu.Unlock()
	d.usual()
}

// taken is how many bytes Go's runtime has of the system, as its limit of memory counts them.
func taken() int64 {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	return int64(s[0].Value.Uint64() - s[1].Value.Uint64())
}

// releaseEach is how often the program's own pages are released while something is compiled: seldom enough to cost
// nothing that can be measured.
const releaseEach = 50 * time.Millisecond

// releaseOften takes the program's own pages from the process, now and every while until stop is called. The system maps
// sixteen for each that is touched: what reading, the start of compiling and each collection have touched is together
// three times what compiling itself goes on touching.
func releaseOften() (stop func()) {
	machine.ReleaseProgram()
	end := make(chan struct{})
	go func() {
		tick := time.NewTicker(releaseEach)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				machine.ReleaseProgram()
			case <-end:
				return
			}
		}
	}()
	return func() {
		close(end)
		machine.ReleaseProgram()
	}
}

// seldom has the heap grow for longer between collections, for modules that are not large.
func seldom(w compat.Work) (restore func()) {
	if w.Size > maxGenerous {
		return func() {}
	}
	percent := generousGC
	if w.Size <= maxSmall {
		percent = smallGC
	}
	percent = debug.SetGCPercent(percent)
	return func() { debug.SetGCPercent(percent) }
}
