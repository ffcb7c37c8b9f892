package compat

import (
	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/limits"
)

// plan is what decides the code that vm makes of a module. With generic, it is for
// any processor.
func (vm *VM) plan(generic bool) *prepare.Plan {
	p, l := prepare.Here(engine.Version), &vm.config.Limits
	p.Processor, _ = engine.Processor(generic)
	p.Generic = generic
	p.Features = vm.config.features()
	p.Metering = prepare.Metering(l.Variant())
	p.Linked = !vm.config.Alone
	p.MemoryPages, p.TableElements = vm.config.MemoryPages, vm.config.TableElements
	p.Places = l.Instructions || l.Gas || l.GasLimit != nil
	return &p
}

// keyOf is what the code that p makes of module is kept under; ok is false where it
// cannot be told, and nothing may be kept.
func keyOf(p *prepare.Plan, module cache.Digest) (key cache.Key, ok bool) {
	b, err := p.Encode()
	if _, known := engine.Processor(p.Generic); err != nil || !known {
		return key, false
	}
	return cache.KeyOf(b, module), true
}

// key is what the code that vm makes of module is kept under, for a vm that [VM.keeps].
func (vm *VM) key(module cache.Digest) cache.Key {
	key, _ := keyOf(vm.plan(false), module)
	return key
}

// keeps reports whether vm uses the cache, or code that comes with a module.
func (vm *VM) keeps() bool {
	if vm.config.Interpreter || vm.config.Recompile || vm.config.Limits.Profile {
		return false
	}
	_, ok := keyOf(vm.plan(false), cache.Digest{})
	return ok
}

// variantOf is p's way of metering.
func variantOf(p *prepare.Plan) limits.Variant { return limits.Variant(p.Metering) }
