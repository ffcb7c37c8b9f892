package compat

import (
	"context"
	"path/filepath"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/limits"
)

// minWorkers is the size of the smallest module that is worth a second core, in
// bytes.
const minWorkers = 32 << 10

// compileOptions are those of the loaded module, which became low, under the plan p.
func (vm *VM) compileOptions(p *prepare.Plan, low *prepare.Result) engine.CompileOptions {
	o := engine.CompileOptions{
		Label: vm.label(), Workers: vm.config.workers(low.Work),
		Positions: vm.placed(p, int64(len(vm.bytes))), Generic: p.Generic,
	}
	if len(vm.bytes) < minWorkers {
		o.Workers = 1
	}
	if vm.config.Limits.Profile {
		vm.profile = limits.NewProfile(vm.account, vm.module)
		if !engine.TellsStacks() || vm.config.Interpreter {
			o.Tracer = vm.profile
		}
	}
	return o
}

// compileOnly compiles b, what the engine is given for the loaded module.
func (vm *VM) compileOnly(ctx context.Context, b []byte, low *prepare.Result) (*engine.Code, error) {
	return vm.compileWith(ctx, b, vm.compileOptions(vm.plan(false), low))
}

// working says that a step with the module begins, and returns what is to be called
// at its end.
func (vm *VM) working(step string) (done func()) { return vm.workingWithin(step, 0) }

// workingWithin is working for a step for which the process may take so much memory.
func (vm *VM) workingWithin(step string, memory uint64) (done func()) {
	if vm.config.Working == nil {
		return func() {}
	}
	w := Work{Step: step, Size: len(vm.bytes), Memory: memory}
	if vm.module != nil {
		w.Functions = len(vm.module.Bodies)
	}
	return vm.config.Working(w)
}

// compileWith compiles b with options, under the eyes of who wants to know.
func (vm *VM) compileWith(ctx context.Context, b []byte, o engine.CompileOptions) (*engine.Code, error) {
	defer vm.workingWithin("compiling", vm.config.maxFootprint())()
	return vm.runtime.CompileWith(ctx, b, o)
}

// mayKeep reports whether the code of the loaded module may be kept.
func (vm *VM) mayKeep() bool {
	return !vm.frugal && vm.keeps() && len(vm.bytes) >= minKept && len(vm.guests) == 0 && (vm.config.Cache != nil || vm.kept.own != nil)
}

// compileKept is compileOnly, unless the code that low became has been kept; and
// keeps it otherwise. Other processes wait meanwhile, or this one waits for the one
// that has begun.
func (vm *VM) compileKept(ctx context.Context, b []byte, low *prepare.Result) (*engine.Code, error) {
	module := vm.digest()
	if own := vm.kept.own; own != nil && own.HasCode() && vm.pick([]*cache.Entry{own}, module) != nil {
		code, err := vm.loadCode(ctx, b, own)
		if err == nil {
			return code, nil
		}
		vm.disown(own, err)
	}
	key, store := vm.key(module), vm.config.Cache
	if store == nil {
		return vm.compileOnly(ctx, b, low)
	}
	if code := vm.getCode(ctx, key, b); code != nil {
		return code, nil
	}
	unlock, err := store.Lock(key)
	if err != nil {
		vm.warnKeep(err)
		return vm.compileOnly(ctx, b, low)
	}
	defer unlock()
	if code := vm.getCode(ctx, key, b); code != nil {
		return code, nil
	}
	vm.config.Log.Debug("cache: compile " + key.String())
	plan := vm.plan(false)
	o := vm.compileOptions(plan, low)
	o.Save = func(code engine.Artifact) {
		if err := store.Put(plan.Contents(key, vm.source(), low, cache.Artifact(code))); err != nil {
			vm.warnKeep(err)
		}
	}
	return vm.compileWith(ctx, b, o)
}

// getCode is the code of b in the cache, or nil.
func (vm *VM) getCode(ctx context.Context, key cache.Key, b []byte) *engine.Code {
	e, err := vm.config.Cache.Get(key)
	if err != nil {
		return nil
	}
	defer e.Close()
	if !e.HasCode() {
		return nil
	}
	code, err := vm.loadCode(ctx, b, e)
	if err != nil {
		vm.config.Cache.Remove(key, err)
		return nil
	}
	return code
}

// warnKeep says that code cannot be kept, which hurts nobody but the next start.
func (vm *VM) warnKeep(err error) {
	vm.config.Log.Debug("cache: " + err.Error())
}

// source is the loaded module, for what is kept of it.
func (vm *VM) source() *prepare.Source {
	return &prepare.Source{Module: vm.module, Uses: vm.checked.Uses, Name: filepath.Base(vm.path), Size: len(vm.bytes)}
}
