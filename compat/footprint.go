package compat

import (
	"context"
	"fmt"
	"math"
	"runtime/debug"

	"github.com/wazedge/wazedge/internal/machine"
	"github.com/wazedge/wazedge/internal/wasm"
)

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

// work is what a module gives the engine to compile, in bytes.
type work struct{ module, code int }

func workOf(m *wasm.Module) work {
	code := m.CodeSize()
	data := 0
	for _, d := range m.Datas.All() {
		data += len(d.Init)
	}
	return work{module: code + data, code: code}
}

// footprint is how many bytes the process takes, about, while workers compile w.
func (w work) footprint(workers int) uint64 {
	n := footprintBase + footprintByte*uint64(w.module) + footprintCode*uint64(w.code)
	if workers > 1 {
		n += footprintShared*uint64(w.code) + footprintWorker*uint64(workers-1)
	}
	return n
}

// affordable is how many of so many workers may compile w when the process is to take
// most bytes; 0 when it takes more with one.
func (w work) affordable(workers int, most uint64) int {
	for workers > 0 && w.footprint(workers) > most {
		workers--
	}
	return workers
}

// maxFootprint is the bound of what the process takes while it compiles, in bytes.
func (c *Config) maxFootprint() uint64 {
	if c.CompileMemory > 0 {
		return c.CompileMemory
	}
	if n := machine.Memory(); n > 0 {
		return n / 4 * 3
	}
	return math.MaxInt64
}

// workers are how many compile w.
func (c *Config) workers(w work) int { return max(1, w.affordable(c.Workers, c.maxFootprint())) }

// tooLarge reports whether compiling w takes more than there may be, whatever the
// number of workers.
func (c *Config) tooLarge(w work) bool { return w.affordable(1, c.maxFootprint()) == 0 }

// hold has garbage collected more often where the Go heap is about to outgrow the
// bound; undo ends that. A stricter bound that the environment sets stays.
func (c *Config) hold() (undo func()) {
	before := debug.SetMemoryLimit(-1)
	debug.SetMemoryLimit(min(before, int64(min(c.maxFootprint(), math.MaxInt64))))
	return func() { debug.SetMemoryLimit(before) }
}

// saveMemory has the module that became low compiled without its code being kept where
// memory is short: the engine copies code to be kept. That is for the first module of
// a VM, as its engine is opened anew.
func (vm *VM) saveMemory(ctx context.Context, low *lowered) error {
	if vm.config.Interpreter || len(vm.guests) > 0 || vm.instances > 1 || vm.kept.own != nil || !vm.config.tooLarge(low.work) {
		return nil
	}
	vm.config.Log.Info(fmt.Sprintf("Compiling the module takes about %d MiB of memory, which is too much here: the code is not kept.",
		low.work.footprint(1)>>20))
	vm.frugal = true
	if err := vm.runtime.Close(ctx); err != nil {
		return fmt.Errorf("close the engine: %w", err)
	}
	vm.openEngine(ctx)
	return nil
}
