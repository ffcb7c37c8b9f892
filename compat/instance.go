package compat

import (
	"context"
	"slices"
	"time"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/internal/diagnose"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/engine/objects"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/stack"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
)

// Instance is an instantiated module. It lives as long as its [Store].
type Instance struct {
	store      *Store
	owner      *Module
	code       *code
	engine     *engine.Instance
	module     *wasm.Module // within the bounds of its memories and tables
	codeOffset int64        // of the contents of the code section in the file
	imports    []*Instance  // what its imports come from, less host modules

	// rewrite makes anew, and traced, what passes have made of module for the engine;
	// nil when the engine was given the file as it was.
	rewrite func() (*wasm.Module, error)

	// moved are the instances that hold those exported memories which lowering has
	// taken out of this one; they export them as lower.HelperMemory.
	moved  map[string]*engine.Instance
	sole   bool             // its store is its alone
	holder *engine.Instance // of the memory that host functions see; nil for its own
	reread string           // the file to read the bodies of module from; empty when it has them
	digest cache.Digest     // of that file's module
	heap   *objects.Heap    // where its structures and arrays are, if it has any

	profile *limits.Profile // of where it is; nil for none
	depth   *engine.Cell    // of the metered module

	// What telling the operands of a trap takes.
	guest   *abi.Guest // that makes its calls and no other's; nil if it makes others
	history diagnose.History
}

// newInstance describes an instance of m to come.
func (s *Store) newInstance(ctx context.Context, m *Module) (*Instance, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var way *prepare.Way
	if s.engine != nil {
		way = &s.target.Way
	}
	shape := importer{guests: s.guests}.shape(m.prepared.Module, m.ownShape())
	if err := m.ready(ctx, shape, way); err != nil {
		return nil, err
	}
	i := s.describe(m)
	if m.prepared.StoodIn() {
		i.reread, i.digest = m.prepared.Path, m.prepared.Digest()
	}
	return i, nil
}

// describe describes an instance of m to come, which is decoded.
func (s *Store) describe(m *Module) *Instance {
	i := &Instance{store: s, owner: m, module: m.prepared.Module}
	i.findCode(i.module)
	return i
}

// findCode notes where the code section of m is in its file.
func (i *Instance) findCode(m *wasm.Module) {
	for _, s := range m.Sections {
		if s.ID == wasm.SectionCode {
			i.codeOffset = s.Offset
		}
	}
}

// types are those of the module.
func (i *Instance) types() *wasm.TypeSpace { return i.owner.prepared.Checked.Types }

// features are the proposals that the module may use.
func (i *Instance) features() wasm.Features { return i.store.runtime.options.Features }

// plan is what the code was made by.
func (i *Instance) plan() *prepare.Plan { return i.store.runtime.plan() }

// restore gives a module that an entry of the cache stands in for its bodies and
// segments back, if its file is still there and has not changed. Only the report of a
// trap needs them.
func (i *Instance) restore() {
	if i.reread == "" {
		return
	}
	m := prepare.Reread(i.reread, i.digest, i.features())
	i.reread = ""
	if m == nil || len(m.Bodies) != len(i.module.Bodies) {
		return
	}
	whole := *i.module
	whole.Bodies, whole.Datas = m.Bodies, m.Datas
	i.module = &whole
	if i.code.Recoded {
		i.rewrite = func() (*wasm.Module, error) { return prepare.Trace(&whole, i.code.uses, i.plan()) }
	}
	i.findCode(m)
}

// FunctionType is the type of the exported function name, and whether there is
// one.
func (i *Instance) FunctionType(name string) (wasm.FuncType, bool) {
	return i.module.ExportedFunc(name)
}

// Invoke is [VM.Invoke] for this instance.
func (i *Instance) Invoke(ctx context.Context, name string, args ...value.Value) ([]value.Value, error) {
	x, ok := i.module.Exported(wasm.ExternFunc, name)
	if !ok {
		return nil, &InvokeError{Fault: fault.New(fault.FuncNotFound), Function: name}
	}
	t := i.module.FuncTypeOf(x)
	if err := checkArguments(t, args, i.types()); err != nil {
		return nil, &InvokeError{Fault: err, Function: name}
	}
	values := stack.For(t)
	if err := stack.Put(values, args, i.heap); err != nil {
		return nil, &InvokeError{Fault: err, Function: name}
	}
	i.history.Add(name, args)
	began := time.Now()
	err := i.call(ctx, name, values)
	i.history.Spend(time.Since(began))
	if err != nil {
		i.unwind()
		return nil, i.invokeError(ctx, name, x, err)
	}
	if slices.ContainsFunc(t.Results, wasm.ValType.IsRef) {
		i.engine.Narrow(name, values)
	}
	return stack.Take(values, t.Results, i.types(), i.heap), nil
}

// memoryPages is the present size of the exported memory name.
func (i *Instance) memoryPages(name string) uint64 {
	if inst := i.moved[name]; inst != nil {
		return inst.MemoryPages()
	}
	return i.engine.MemoryPages()
}
