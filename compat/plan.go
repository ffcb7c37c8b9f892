package compat

import (
	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/prepare"
)

// plan is what decides the code that vm makes of a module. With generic, it is for
// any processor.
func (vm *VM) plan(generic bool) *prepare.Plan {
	p, l := prepare.Here(engine.Version), &vm.config.Limits
	p.Processor, _ = engine.Processor(generic)
	p.Generic = generic
	p.Features = vm.config.features()
	p.Metering = l.Variant()
	p.Linked = !vm.config.Alone
	p.MemoryPages, p.TableElements = vm.config.MemoryPages, vm.config.TableElements
	p.Places = l.Instructions || l.Gas || l.GasLimit != nil
	return &p
}

// key is what the code that vm makes of module is kept under, for a vm that [VM.keeps].
func (vm *VM) key(module cache.Digest) cache.Key {
	key, _ := vm.plan(false).Key(module)
	return key
}

// keeps reports whether vm uses the cache, or code that comes with a module.
func (vm *VM) keeps() bool {
	if vm.config.Interpreter || vm.config.Recompile || vm.config.Limits.Profile {
		return false
	}
	_, ok := vm.plan(false).Key(cache.Digest{})
	return ok
}
