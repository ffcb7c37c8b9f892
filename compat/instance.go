package compat

import (
	"context"
	"slices"
	"time"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/engine/objects"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/prepare"
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
	history history
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
	return exportedFunction(i.module, name)
}

// Invoke is [VM.Invoke] for this instance.
func (i *Instance) Invoke(ctx context.Context, name string, args ...value.Value) ([]value.Value, error) {
	x, ok := export(i.module, wasm.ExternFunc, name)
	if !ok {
		return nil, &InvokeError{Fault: fault.New(fault.FuncNotFound), Function: name}
	}
	t := i.module.FuncTypeOf(x)
	if err := checkArguments(t, args, i.types()); err != nil {
		return nil, &InvokeError{Fault: err, Function: name}
	}
	stack := make([]uint64, max(slots(t.Params), slots(t.Results)))
	if err := i.putValues(stack, args); err != nil {
		return nil, &InvokeError{Fault: err, Function: name}
	}
	i.history.add(name, args)
	began := time.Now()
	err := i.call(ctx, name, stack)
	i.history.spent += time.Since(began)
	if err != nil {
		i.unwind()
		return nil, i.invokeError(ctx, name, x, err)
	}
	if slices.ContainsFunc(t.Results, wasm.ValType.IsRef) {
		i.engine.Narrow(name, stack)
	}
	return i.takeValues(stack, t.Results), nil
}

// memoryPages is the present size of the exported memory name.
func (i *Instance) memoryPages(name string) uint64 {
	if inst := i.moved[name]; inst != nil {
		return inst.MemoryPages()
	}
	return i.engine.MemoryPages()
}

// export is the index of the export of kind k and that name, and whether there is
// one.
func export(m *wasm.Module, k wasm.ExternKind, name string) (uint32, bool) {
	for i := range m.Exports {
		if e := &m.Exports[i]; e.Name == name {
			return e.Index, e.Kind == k
		}
	}
	return 0, false
}

// exportedFunction is the type of the exported function name of m.
func exportedFunction(m *wasm.Module, name string) (wasm.FuncType, bool) {
	x, ok := export(m, wasm.ExternFunc, name)
	if !ok {
		return wasm.FuncType{}, false
	}
	return *m.FuncTypeOf(x), true
}

// imported is the import that index x of kind k is, or nil and the index among the
// module's own.
func imported(m *wasm.Module, k wasm.ExternKind, x uint32) (*wasm.Import, uint32) {
	for i := range m.Imports {
		if m.Imports[i].Kind != k {
			continue
		}
		if x == 0 {
			return &m.Imports[i], 0
		}
		x--
	}
	return nil, x
}

// tagType is the type of tag x of a valid module.
func tagType(m *wasm.Module, x uint32) *wasm.FuncType {
	im, own := imported(m, wasm.ExternTag, x)
	if im != nil {
		return &m.Types[im.Type].Func
	}
	return &m.Types[m.Tags[own]].Func
}
