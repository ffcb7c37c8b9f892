package compat

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/wasm"
)

// interpretIfSlow has the module that became low interpreted if compiling it would
// take too long. All modules of a VM are executed in one way, so that is for the
// first alone.
func (vm *VM) interpretIfSlow(ctx context.Context, low *prepare.Result) error {
	if vm.config.Interpreter || vm.whole() || len(vm.guests) > 0 || vm.instances > 1 || vm.kept.own != nil {
		return nil
	}
	t, is := low.Slow()
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
