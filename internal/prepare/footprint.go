package prepare

import "github.com/wazedge/wazedge/internal/wasm"

// What the process takes at the most while the engine compiles, fitted to Go programs
// of 2 to 20 MB. The engine has the code of all functions before it puts it in place
// and copies it, so this grows with the module; with several workers it collects what
// it knows of each function besides. Its interpreter takes as much as its compiler
// with one worker, and is no way out.
const (
	footprintBase   = 30 << 20 // whatever the module
	footprintByte   = 2        // for each byte of the module
	footprintCode   = 33       // for each byte of code
	footprintShared = 8        // for each byte of code, with several workers
	footprintWorker = 8 << 20  // for each worker beside the first
)

// Work is what a module gives the engine to compile, in bytes.
type Work struct{ Module, Code int }

func workOf(m *wasm.Module) Work {
	code := m.CodeSize()
	data := 0
	for _, d := range m.Datas.All() {
		data += len(d.Init)
	}
	return Work{Module: code + data, Code: code}
}

// Footprint is how many bytes the process takes, about, while workers compile w.
func (w Work) Footprint(workers int) uint64 {
	n := footprintBase + footprintByte*uint64(w.Module) + footprintCode*uint64(w.Code)
	if workers > 1 {
		n += footprintShared*uint64(w.Code) + footprintWorker*uint64(workers-1)
	}
	return n
}

// Affordable is how many of so many workers may compile w when the process is to take
// most bytes; 0 when it takes more with one.
func (w Work) Affordable(workers int, most uint64) int {
	for workers > 0 && w.Footprint(workers) > most {
		workers--
	}
	return workers
}
