package cli

import (
	"math"
	"runtime"
	"runtime/debug"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/machine"
)

// The engine's compiler makes garbage faster than anything else here. While it is
// at modules up to maxGenerous bytes, the heap may grow to so many percent more than
// is in use.
const (
	maxGenerous = 4 << 20
	generousGC  = 400
)

// minCollected is the size of the smallest module that leaves garbage worth collecting.
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
	if w.Garbage && w.Size >= minCollected {
		runtime.GC() // what compiling has needed is several times what is left
		return seldom(w)
	}
	if w.Memory == 0 {
		return func() {}
	}
	machine.ReleaseProgram()
	limit := debug.SetMemoryLimit(-1)
	debug.SetMemoryLimit(min(limit, int64(min(w.Memory, math.MaxInt64))))
	often := seldom(w)
	return func() {
		often()
		debug.SetMemoryLimit(limit)
	}
}

// seldom has the heap grow for longer between collections, for modules that are not large.
func seldom(w compat.Work) (restore func()) {
	if w.Size > maxGenerous {
		return func() {}
	}
	percent := debug.SetGCPercent(generousGC)
	return func() { debug.SetGCPercent(percent) }
}
