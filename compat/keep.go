package compat

import (
	"context"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
)

// minWorkers is the size of the smallest module that is worth a second core, in
// bytes.
const minWorkers = 32 << 10

// The engine's compiler makes garbage faster than anything else here. While it is
// at modules up to maxGenerous bytes, the heap may grow to so many percent more than
// is in use.
const (
	maxGenerous = 8 << 20
	generousGC  = 400
)

// compileOptions are those of the loaded module, which became low, under the plan p.
func (vm *VM) compileOptions(p *prepare.Plan, low *lowered) engine.CompileOptions {
	o := engine.CompileOptions{
		Label: vm.label(), Workers: vm.config.workers(low.work),
		Positions: vm.placed(p, int64(len(vm.bytes))), Generic: p.Generic,
	}
	if len(vm.bytes) < minWorkers {
		o.Workers = 1
	}
	if vm.config.Limits.Profile {
		vm.profile = limits.NewProfile(vm.account, vm.module)
		if !engine.TellsStacks || vm.config.Interpreter {
			o.Tracer = vm.profile
		}
	}
	return o
}

// compileOnly compiles b, what the engine is given for the loaded module.
func (vm *VM) compileOnly(ctx context.Context, b []byte, low *lowered) (*engine.Code, error) {
	return vm.compileWith(ctx, b, vm.compileOptions(vm.plan(false), low))
}

// working says that a step with the module begins, and returns what is to be called
// at its end.
func (vm *VM) working(step string) (done func()) {
	if vm.config.Working == nil {
		return func() {}
	}
	w := Work{Step: step, Size: len(vm.bytes)}
	if vm.module != nil {
		w.Functions = len(vm.module.Bodies)
	}
	return vm.config.Working(w)
}

// compileWith compiles b with options, under the eyes of who wants to know.
func (vm *VM) compileWith(ctx context.Context, b []byte, o engine.CompileOptions) (*engine.Code, error) {
	defer vm.working("compiling")()
	if len(vm.bytes) <= maxGenerous {
		defer debug.SetGCPercent(debug.SetGCPercent(generousGC))
	}
	defer vm.config.hold()()
	return vm.runtime.CompileWith(ctx, b, o)
}

// mayKeep reports whether the code of the loaded module may be kept.
func (vm *VM) mayKeep() bool {
	return !vm.frugal && vm.keeps() && len(vm.bytes) >= minKept && len(vm.guests) == 0 && (vm.config.Cache != nil || vm.kept.own != nil)
}

// compileKept is compileOnly, unless the code that low became has been kept; and
// keeps it otherwise. Other processes wait meanwhile, or this one waits for the one
// that has begun.
func (vm *VM) compileKept(ctx context.Context, b []byte, low *lowered) (*engine.Code, error) {
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
		if err := store.Put(vm.contents(plan, key, low, code)); err != nil {
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

// contents is the entry, under key, of the loaded module and its code, which was made
// by plan.
func (vm *VM) contents(plan *prepare.Plan, key cache.Key, low *lowered, code engine.Artifact) *cache.Contents {
	c := &cache.Contents{
		Key: key, Code: cache.Artifact(code),
		Manifest: cache.Manifest{
			Plan: plan.Describe(), Variant: plan.Variant(), Name: filepath.Base(vm.path), Size: int64(len(vm.bytes)),
			Created: time.Now(), Uses: uint32(vm.checked.Uses),
		},
	}
	front, given := segmentsStay, segmentsStay
	if image, ok := imageOf(low.module); ok && low.needs.empty() {
		c.Image, front, given = image, segmentsGo, segmentsGo
		if variantOf(plan).Active() {
			front = segmentsEmpty // their offsets are charged for
		}
	}
	kept, err := withNeeds(skeleton(vm.module, front), &low.needs)
	if err != nil {
		return c
	}
	c.Front = wasm.Encode(kept)
	if low.module != vm.module {
		c.Engine = wasm.Encode(skeleton(low.module, given))
	}
	return c
}
