package compat

import (
	"context"

	"github.com/wazedge/wazedge/internal/prepare"
)

// Cold reports whether the module, which is loaded, is still to be compiled, and
// its code would be kept then, as far as no other process is at it already.
func (vm *VM) Cold() (cold, busy bool) {
	if !vm.keeps() || vm.config.Cache == nil || len(vm.bytes) < minKept || vm.kept.entry != nil || vm.kept.own != nil {
		return false, false
	}
	return true, vm.config.Cache.Busy(vm.key(vm.digest()))
}

// ModuleSize is how many bytes the loaded module has.
func (vm *VM) ModuleSize() int { return len(vm.bytes) }

// Interpret has the loaded module, and those to come, interpreted from now on. The
// engine must not have been at work yet.
func (vm *VM) Interpret() { vm.config.Interpreter = true }

// Keep compiles the validated module for the cache, and does not instantiate it.
func (vm *VM) Keep(ctx context.Context) error {
	if err := vm.require(Validated); err != nil {
		return err
	}
	if vm.kept.entry != nil {
		return nil
	}
	if err := vm.open(ctx); err != nil {
		return err
	}
	plan := vm.plan(false)
	m, err := vm.bound(plan, func(string) {})
	if err != nil {
		return err
	}
	low, err := prepare.Run(m, vm.checked.Uses, plan, nil)
	if err != nil {
		return err
	}
	if _, is := low.Slow(); is {
		return nil // it is interpreted, whenever it is run
	}
	if vm.config.tooLarge(low.Work) {
		return nil // it is compiled without being kept
	}
	_, err = vm.compile(ctx, low, true)
	return err
}
