package compat

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/estimate"
	"github.com/wazedge/wazedge/internal/wasm"
)

// perHelper is what compiling a helper module takes.
const perHelper = 300 * time.Microsecond

// slow reports whether compiling what low has for the engine takes out of all
// proportion to its size, so that it is better interpreted. Large modules are given
// more patience: their code is kept.
func slow(low *lowered) (estimate.Time, bool) {
	t := estimate.Module(low.module)
	t.Excess += time.Duration(len(low.Helpers)) * perHelper
	patience := 600*time.Millisecond + t.Linear*6/10 + 2*max(0, t.Linear-time.Second)
	return t, t.Excess > patience
}

// interpretIfSlow has the module that became low interpreted if compiling it would
// take too long. All modules of a VM are executed in one way, so that is for the
// first alone.
func (vm *VM) interpretIfSlow(ctx context.Context, low *lowered) error {
	if vm.config.Interpreter || vm.whole() || len(vm.guests) > 0 || vm.instances > 1 || vm.kept.own != nil {
		return nil
	}
	t, is := slow(low)
	if !is {
		return nil
	}
	vm.config.Log.Debug(fmt.Sprintf("The module is interpreted, for compiling it would take about %s.", (t.Linear + t.Excess).Round(time.Second)))
	vm.config.Interpreter = true
	if err := vm.runtime.Close(ctx); err != nil {
		return fmt.Errorf("close the engine: %w", err)
	}
	vm.openEngine(ctx)
	return nil
}

// compileWhole has a module with a memory of 4 GiB compiled even where it was to be
// interpreted.
func (vm *VM) compileWhole() {
	if vm.runtime == nil && vm.whole() {
		vm.config.Interpreter = false
	}
}

// whole reports whether the module has a memory of 4 GiB, the end of which the
// engine's interpreter cannot reach.
func (vm *VM) whole() bool {
	limit := vm.config.MemoryPages
	if limit != nil && *limit < engine.MaxPages {
		return false
	}
	return slices.ContainsFunc(vm.module.Memories, func(t wasm.MemoryType) bool { return t.Limits.Min >= engine.MaxPages })
}
