package compat

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"github.com/klauspost/cpuid/v2"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wasm/validate"
	"github.com/wazedge/wazedge/limits"
)

// pipelineVersion stands in every key: another one makes entries of older versions
// of this program go unused. It changes with whatever changes the code made from
// a module: the passes, their order, what the engine is told.
const pipelineVersion = "1"

// minKept is the size of the smallest module that is kept, in bytes: compiling a
// smaller one takes no longer than finding it.
const minKept = 4 << 10

// maxPlaced is the size of the largest module for which the engine records the
// places of instructions. The record would cost larger ones a third of their start;
// where they trap, places are found afterwards.
const maxPlaced = 1 << 20

// kept is what a VM has to do with the cache about the module that is loaded.
type kept struct {
	entry     *cache.Entry // what stands in for the module, or nil
	universal bool         // entry comes from the module's own file
	file      *os.File     // that file
}

// recipe is what, besides the module, changes the code made from it.
func (vm *VM) recipe() []string {
	r := []string{
		"pipeline " + pipelineVersion, engine.Version, runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH,
		"cpu " + processor(), "proposals " + strconv.FormatUint(uint64(vm.config.features()), 16),
	}
	if key := vm.variant().Key(); key != "" {
		r = append(r, key)
	}
	if p := vm.config.MemoryPages; p != nil {
		r = append(r, "pages "+strconv.FormatUint(uint64(*p), 10))
	}
	if n := vm.config.TableElements; n != 0 {
		r = append(r, "tables "+strconv.FormatUint(uint64(n), 10))
	}
	return r
}

// processor names what wazero's compiler looks for in a processor.
func processor() string {
	s := ""
	for _, f := range []cpuid.FeatureID{cpuid.SSE4, cpuid.BMI1, cpuid.LZCNT, cpuid.ATOMICS} {
		if cpuid.CPU.Supports(f) {
			s += "+" + f.String()
		}
	}
	return s
}

// keeps reports whether vm uses the cache, or code that comes with a module.
func (vm *VM) keeps() bool {
	return !vm.config.Interpreter && !vm.config.Recompile && !vm.config.Limits.Profile
}

// loadKept takes the module in the file path from the cache, if it is there or
// carries its own code. Whatever is odd about the file is left to who reads it.
func (vm *VM) loadKept(path string) bool {
	if !vm.keeps() {
		return false
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	keep := false
	defer func() {
		if !keep {
			f.Close()
		}
	}()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || info.Size() < minKept || info.Size() > maxModule {
		return false
	}
	size, own := findUniversal(f, info.Size())
	if own == nil && vm.config.Cache == nil {
		return false
	}
	key, err := cache.KeyFrom(vm.recipe(), io.NewSectionReader(f, 0, size))
	if err != nil {
		return false
	}
	if own != nil && own.Key() == key && vm.adopt(own) {
		vm.kept.universal, vm.kept.file, keep = true, f, true
		return true
	}
	if own != nil {
		vm.config.Log.Info("The compiled code in the module is for another machine or other options; compiling.")
	}
	if vm.config.Cache == nil {
		return false
	}
	e, err := vm.config.Cache.Get(key)
	if err != nil {
		return false
	}
	if !vm.adopt(e) {
		e.Close()
		return false
	}
	return true
}

// adopt makes the skeleton in e the loaded module.
func (vm *VM) adopt(e *cache.Entry) bool {
	if !e.HasSkeleton() {
		return false
	}
	b, err := e.Front()
	if err != nil {
		vm.disown(e, err)
		return false
	}
	m, err := wasm.Decode(b, wasm.Wasm3|wasm.Threads)
	if err != nil {
		vm.disown(e, err)
		return false
	}
	vm.bytes, vm.module, vm.stage = nil, m, Loaded
	vm.kept.entry = e
	return true
}

// disown drops an entry that cannot be used.
func (vm *VM) disown(e *cache.Entry, why error) {
	if vm.config.Cache != nil && !vm.kept.universal {
		vm.config.Cache.Remove(e.Key(), why)
	}
}

// validateKept stands for validation of a module that was valid when it was kept.
func (vm *VM) validateKept() {
	vm.checked = &validate.Result{
		Types: vm.types.Space(vm.module), Uses: wasm.Features(vm.kept.entry.Uses),
	}
	vm.stage = Validated
}

// keptCode is the code of the entry that stands in for the module; nil where there
// is none. An entry that turns out to be damaged is dropped, and the module read,
// decoded and validated as if it had not been there.
func (vm *VM) keptCode(ctx context.Context) (*engine.Code, error) {
	e := vm.kept.entry
	if e == nil {
		return nil, nil
	}
	b, err := e.EngineModule()
	if err == nil {
		var code *engine.Code
		if code, err = vm.runtime.CompileWith(ctx, b, engine.CompileOptions{Label: vm.label(), Positions: vm.placed(e.Size), Load: e.Code()}); err == nil {
			return code, nil
		}
	}
	vm.disown(e, err)
	vm.release()
	read, _, err := readModule(vm.path)
	if err != nil {
		return nil, inFile(err, vm.path)
	}
	if err := vm.load(read); err != nil {
		return nil, inFile(err, vm.path)
	}
	return nil, vm.Validate()
}

// placed reports whether the engine is to record places in a module of size bytes.
// An exact account needs them whatever the size; and what the engine tells of a
// failed call, from which they could be found afterwards, it does not tell of a
// start function or when it interprets.
func (vm *VM) placed(size int64) bool {
	l := &vm.config.Limits
	return size <= maxPlaced || vm.config.Interpreter || vm.HasStart() || l.Instructions || l.Gas || l.GasLimit != nil
}

// release lets go of the entry.
func (vm *VM) release() {
	if vm.kept.entry != nil {
		vm.kept.entry.Close()
	}
	if vm.kept.file != nil {
		vm.kept.file.Close()
	}
	vm.kept = kept{}
}

// compileKept compiles b, what the engine is given for low, and keeps the code.
// Other processes wait meanwhile, or wait for the one that has begun.
func (vm *VM) compileKept(ctx context.Context, b []byte, low *lowered) (*engine.Code, error) {
	o := engine.CompileOptions{Label: vm.label(), Workers: vm.config.Workers, Positions: vm.placed(int64(len(vm.bytes)))}
	if vm.config.Limits.Profile {
		vm.profile = limits.NewProfile(vm.account, vm.module)
		o.Tracer = vm.profile
	}
	store := vm.config.Cache
	if store == nil || !vm.keeps() || len(vm.bytes) < minKept || len(vm.guests) > 0 {
		return vm.runtime.CompileWith(ctx, b, o)
	}
	key := cache.KeyOf(vm.recipe(), vm.bytes)
	unlock, err := store.Lock(key)
	if err != nil {
		vm.warnKeep(err)
		return vm.runtime.CompileWith(ctx, b, o)
	}
	defer unlock()
	if e, err := store.Get(key); err == nil {
		defer e.Close()
		loading := o
		loading.Load = e.Code()
		code, err := vm.runtime.CompileWith(ctx, b, loading)
		if err == nil {
			return code, nil
		}
		store.Remove(key, err)
	}
	o.Save = func(code []byte) {
		if err := store.Put(vm.contents(key, low, code)); err != nil {
			vm.warnKeep(err)
		}
	}
	return vm.runtime.CompileWith(ctx, b, o)
}

// warnKeep says that code cannot be kept, which hurts nobody but the next start.
func (vm *VM) warnKeep(err error) {
	vm.config.Log.Debug("cache: " + err.Error())
}

// contents is the entry of the loaded module and its code.
func (vm *VM) contents(key cache.Key, low *lowered, code []byte) *cache.Contents {
	c := &cache.Contents{
		Key: key, Code: code,
		Manifest: cache.Manifest{
			Recipe: vm.recipe(), Name: filepath.Base(vm.path), Size: int64(len(vm.bytes)),
			Created: time.Now(), Uses: uint32(vm.checked.Uses),
		},
	}
	if low.whole() {
		return c
	}
	c.Front = wasm.Encode(skeleton(vm.module))
	if low.module != vm.module {
		c.Engine = wasm.Encode(skeleton(low.module))
	}
	return c
}

// restore gives a module that an entry stands in for its bodies back, if its file
// is still there. Only the report of a trap needs them.
func (i *Instance) restore() {
	if i.reread == "" {
		return
	}
	path := i.reread
	i.reread = ""
	b, _, err := readModule(path)
	if err != nil {
		return
	}
	m, err := wasm.Decode(b, i.features)
	if err != nil || len(m.Bodies) != len(i.module.Bodies) {
		return
	}
	whole := *i.module
	whole.Bodies = m.Bodies
	i.module = &whole
	_, _ = i.lower(i.module, i.uses, i.module) // it was done before, and is done for rewrite alone
	for _, s := range m.Sections {
		if s.ID == wasm.SectionCode {
			i.codeOffset = s.Offset
		}
	}
}
