package cli

import (
	"math"
	"runtime/debug"
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
