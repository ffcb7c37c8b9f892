package compat

import (
	"context"
	"fmt"
	"io"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
)

// Precompiled reports whether the loaded module brings along code for vm.
func (vm *VM) Precompiled() bool { return vm.kept.own != nil }

// Precompiling is what [VM.Precompile] is to prepare for.
type Precompiling struct {
	Features wasm.Features // of the VM that is to run the module; those of this one are among them
	Generic  bool          // any processor of this architecture
	// Limits are the ways of accounting to prepare for, beside doing without.
	Limits []limits.Config
	// Dump, unless nil, is shown the module as it is and as each pass leaves it.
	Dump func(pass string, m *wasm.Module) error
}

// Precompile compiles the validated module and returns it, less what was compiled
// before, with the entries that make it a universal module. It changes what vm is
// for: afterwards it is only to be closed.
func (vm *VM) Precompile(ctx context.Context, p Precompiling) (module []byte, entries []*cache.Contents, err error) {
	if err := vm.require(Validated); err != nil {
		return nil, nil, err
	}
	if vm.kept.entry != nil {
		if err := vm.reload(); err != nil {
			return nil, nil, err
		}
	}
	if err := vm.open(ctx); err != nil {
		return nil, nil, err
	}
	vm.config.Features = &p.Features
	prepared, digest := map[cache.Key]bool{}, cache.DigestOf(vm.bytes)
	for _, l := range append([]limits.Config{vm.config.Limits}, p.Limits...) {
		vm.config.Limits = l
		plan := vm.plan(p.Generic)
		key, ok := plan.Key(digest)
		if !ok { // the module runs all the same
			vm.config.Log.Warning(fmt.Sprintf("the module is written as it is: %v", engine.Contract()))
			return vm.bytes, nil, nil
		}
		if prepared[key] {
			continue
		}
		prepared[key] = true
		e, err := vm.precompile(ctx, plan, key, p.Dump)
		if err != nil {
			return nil, nil, err
		}
		entries = append(entries, e)
	}
	return vm.bytes, entries, nil
}

// precompile makes the entry by plan, to be found under key.
func (vm *VM) precompile(ctx context.Context, plan *prepare.Plan, key cache.Key, dump func(string, *wasm.Module) error) (entry *cache.Contents, err error) {
	m, err := vm.bound(plan, vm.config.Log.Error)
	if err != nil {
		return nil, err
	}
	done := vm.working("lowering")
	low, err := prepare.Run(m, vm.checked.Uses, plan, dump)
	done()
	if err != nil {
		return nil, err
	}
	b := low.Encode(vm.module, vm.bytes)
	o := vm.compileOptions(plan, low)
	o.Save = func(code engine.Artifact) { entry = plan.Contents(key, vm.source(), low, cache.Artifact(code)) }
	if _, err := vm.compileWith(ctx, b, o); err != nil {
		return nil, fmt.Errorf("compile: %w", err)
	}
	if entry == nil { // the engine compiles nothing here: it interprets, or keeps its code to itself
		entry = plan.Contents(key, vm.source(), low, cache.Artifact{})
	}
	return entry, nil
}

// ReadModule reads the module in the file path, which, with streams, may be a
// pipe. Of a file
// that does not begin as a module does it reads no more than [VM.Load] needs to
// say so. The error is a [*fault.Error] that ends with the file's name.
func ReadModule(path string, streams bool) ([]byte, error) {
	b, abs, err := readModule(path, streams)
	if err != nil {
		return nil, inFile(err, abs)
	}
	return b, nil
}

// WriteUniversal writes the universal module of what [VM.Precompile] has returned, its
// code sealed by s, to w.
func WriteUniversal(w io.Writer, s cache.Sealer, module []byte, entries ...*cache.Contents) error {
	return prepare.WriteUniversal(w, s, module, entries...)
}
