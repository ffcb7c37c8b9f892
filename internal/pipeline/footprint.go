package pipeline

import (
	"github.com/wazedge/wazedge/internal/wasm"
)

// What the process takes at the most while the engine compiles, fitted to Go programs of 2 to 20 MB. The engine has the code of all
// functions before it puts it in place and copies it, so this grows with the module; with several workers it collects what it knows
// of each function besides. Its interpreter takes as much as its compiler with one worker, and is no way out.
const (
	footprintBase   = 30 << 20 // whatever the module
	footprintByte   = 2        // for each byte of the module
	footprintCode   = 33       // for each byte of code
	footprintShared = 8        // for each byte of code, with several workers
	footprintWorker = 8 << 20  // for each worker beside the first
)

// What the process takes of memory while one worker compiles a module up to maxAlone bytes of code, fitted to programs of 0.2 to 3 MB
// in C and Go on amd64: a worker keeps what the largest of its functions has needed.
const (
	aloneBase     = 12 << 20 // whatever the module
	aloneCode     = 16       // for each byte of code
	aloneFunction = 600      // for each byte of the largest function
	maxAlone      = 1 << 20
)

// Load is what a module gives the engine to compile, in bytes.
type Load struct {
	Module, Code    int
	Largest, Second int // functions
}

func loadOf(m *wasm.Module) Load {
	l := Load{Code: m.CodeSize()}
	for i := range m.Bodies {
		switch n := len(m.Bodies[i].Code); {
		case n > l.Largest:
			l.Largest, l.Second = n, l.Largest
		case n > l.Second:
			l.Second = n
		}
	}
	data := 0
	for _, d := range m.Datas.All() {
		data += len(d.Init)
	}
	l.Module = l.Code + data
	return l
}

// Footprint is how many bytes the process takes, about, while workers compile l.
func (l Load) Footprint(workers int) uint64 {
	n := footprintBase + footprintByte*uint64(l.Module) + footprintCode*uint64(l.Code)
	if workers > 1 {
		n += footprintShared*uint64(l.Code) + footprintWorker*uint64(workers-1)
	}
	return n
}

// Alone reports whether one worker is to compile l, however many cores there are: where a second one, which comes to the
// second function in size, would take a tenth more memory than one, and l is small enough for one to be done soon.
func (l Load) Alone() bool {
	one := aloneBase + aloneCode*l.Code + aloneFunction*l.Largest
	return l.Code <= maxAlone && aloneFunction*l.Second > one/10
}

// Affordable is how many of so many workers may compile l when the process is to take most bytes; 0 when it takes more with one.
func (l Load) Affordable(workers int, most uint64) int {
	for workers > 0 && l.Footprint(workers) > most {
		workers--
	}
	return workers
}
