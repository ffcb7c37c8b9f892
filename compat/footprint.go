package compat

import (
	"context"
	"fmt"
	"math"

	"github.com/wazedge/wazedge/internal/machine"
	"github.com/wazedge/wazedge/internal/prepare"
)

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
func (c *Config) workers(w prepare.Work) int {
	return max(1, w.Affordable(c.Workers, c.maxFootprint()))
}

// tooLarge reports whether compiling w takes more than there may be, whatever the
// number of workers.
func (c *Config) tooLarge(w prepare.Work) bool { return w.Affordable(1, c.maxFootprint()) == 0 }

// saveMemory has the module that became low compiled without its code being kept where
// memory is short: the engine copies code to be kept. That is for the first module of
// a VM, as its engine is opened anew.
func (vm *VM) saveMemory(ctx context.Context, low *prepare.Result) error {
	if vm.config.Interpreter || len(vm.guests) > 0 || vm.instances > 1 || vm.kept.own != nil || !vm.config.tooLarge(low.Work) {
		return nil
	}
	vm.config.Log.Info(fmt.Sprintf("Compiling the module takes about %d MiB of memory, which is too much here: the code is not kept.",
		low.Work.Footprint(1)>>20))
	vm.frugal = true
	if err := vm.runtime.Close(ctx); err != nil {
		return fmt.Errorf("close the engine: %w", err)
	}
	vm.openEngine(ctx)
	return nil
}
