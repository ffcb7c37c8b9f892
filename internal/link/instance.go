package link

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
	"github.com/wazedge/wazedge/internal/pipeline"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/stack"
	"github.com/wazedge/wazedge/internal/use"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wasm/validate"
	"github.com/wazedge/wazedge/limits"
)

// Instance is an instantiated module. It lives as long as its [Store].
type Instance struct {
	Engine *engine.Instance
	Module *wasm.Module  // within the bounds of its memories and tables
	Heap   *objects.Heap // where its structures and arrays are, if it has any
	Owner  any           // what who embeds the instance has for it

	store      *Store
	thread     *thread // that executes it
	company    company
	owner      *Module
	checked    *validate.Result
	code       *code
	image      *cache.Image                         // of the memory, until there is one; see [Module.standIn]
	codeOffset int64                                // of the contents of the code section in the file
	imports    []*Instance                          // what its imports come from, less host modules
	found      func(module string) *engine.Instance // what they come from for the engine
	from       map[string]*engine.Instance          // what that has found, also for what helps it
	helpers    []*engine.Code                       // of the instances that the code needs
	forks      bool                                 // threads may have another one like it
	original   *Instance                            // of the first thread, which this one is like

	// rewrite makes anew, and traced, what passes have made of Module for the engine;
	// nil when the engine was given the file as it was.
	rewrite func() (*wasm.Module, error)

	// moved are the instances that hold those exported memories which lowering has
	// taken out of this one; they export them as lower.HelperMemory.
	moved  map[string]*engine.Instance
	holder *engine.Instance    // of the memory that host functions see; nil for its own
	reread func() *wasm.Module // reads Module with its bodies; nil when it has them

	plugin *plugin // what it has of its own as a plug-in; nil for a guest

	profile *limits.Profile // of where it is; nil for none
	depth   *engine.Cell    // of the metered module

	// What telling the operands of a trap takes.
	guest   *abi.Guest // that makes its calls and no other's; nil if it makes others
	history diagnose.History
}

// newInstance describes an instance of m to come.
func (s *Store) newInstance(ctx context.Context, m *Module, c company) (*Instance, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var way *prepare.Way
	if s.engine != nil {
		way = &s.target.Way
	}
	shape := importer{company: c}.shape(m.Prepared.Module, m.alone())
	if err := m.ready(ctx, shape, way); err != nil {
		return nil, err
	}
	if !m.Prepared.StoodIn() {
		return s.describe(m, c), nil
	}
	code, image, err := m.standIn(shape)
	if err != nil {
		return nil, err
	}
	i := s.describe(m, c)
	i.code, i.image = code, image
	if m.Prepared.StoodIn() {
		i.reread = m.Prepared.Rereading()
	}
	return i, nil
}

// describe describes an instance of m to come, which is decoded.
func (s *Store) describe(m *Module, c company) *Instance {
	i := &Instance{store: s, thread: s.first, company: c, owner: m, Module: m.Prepared.Module, checked: m.Prepared.Checked}
	i.findCode(i.Module)
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

// Types are those of the module.
func (i *Instance) Types() *wasm.TypeSpace { return i.checked.Types }

// Plan is what the code was made by.
func (i *Instance) Plan() *pipeline.Plan { return i.store.runtime.Plan() }

// restore gives a module that an entry of the cache stands in for its bodies and
// segments back, if its file is still there and has not changed. Only the report of a
// trap needs them.
func (i *Instance) restore() {
	if i.reread == nil {
		return
	}
	m := i.reread()
	i.reread = nil
	if m == nil || len(m.Bodies) != len(i.Module.Bodies) {
		return
	}
	whole := *i.Module
	whole.Bodies, whole.Datas, whole.Customs = m.Bodies, m.Datas, m.Customs
	i.Module = &whole
	if i.code.Recoded {
		i.rewrite = func() (*wasm.Module, error) { return pipeline.Trace(&whole, i.code.uses, i.Plan()) }
	}
	i.findCode(m)
}

// Invoke calls the exported function name of type t, of which args fit the parameters.
// The results are there when err is nil; began is false for an error before the call.
func (i *Instance) Invoke(ctx context.Context, name string, t *wasm.FuncType, args []value.Value) (results []value.Value, began bool, err error) {
	if i.Closed() {
		return nil, false, use.Interrupted(use.ErrClosed)
	}
	values := stack.For(t)
	if err := stack.Put(values, args, i.Heap); err != nil {
		return nil, false, err
	}
	i.history.Add(name, args)
	start := time.Now()
	err = i.call(ctx, name, values)
	i.history.Spend(i.store.young.Ran(time.Since(start)))
	if err != nil {
		return nil, true, err
	}
	if slices.ContainsFunc(t.Results, wasm.ValType.IsRef) {
		i.Engine.Narrow(name, values)
	}
	return stack.Take(values, t.Results, i.Types(), i.Heap), true, nil
}

// Call calls the exported function name with parameters and results on stack, as the
// engine has them: stack is long enough for both.
func (i *Instance) Call(ctx context.Context, name string, stack []uint64) error {
	if i.Closed() {
		return use.Interrupted(use.ErrClosed)
	}
	return i.call(ctx, name, stack)
}

// Global is the value of the exported global name of type t, and whether it can be told.
func (i *Instance) Global(name string, t wasm.ValType) (value.Value, bool) {
	bits, ok := i.Engine.Global(name)
	if !ok || i.Closed() {
		return value.Value{}, false
	}
	return stack.Take([]uint64{bits, 0}, []wasm.ValType{t}, i.Types(), i.Heap)[0], true
}

// MemoryHolder is what exports the memory that i exports as name.
func (i *Instance) MemoryHolder(name string) *engine.Instance {
	if moved := i.moved[name]; moved != nil {
		return moved
	}
	return i.Engine
}

// MemoryAt is what holds memory x, if that is exported or the first; else nil.
func (i *Instance) MemoryAt(x uint32) *engine.Instance {
	for _, e := range i.Module.Exports {
		if e.Kind == wasm.ExternMemory && e.Index == x {
			return i.MemoryHolder(e.Name)
		}
	}
	held := i.holder
	if held == nil {
		held = i.Engine
	}
	if x > 0 || held.Memory() == nil {
		return nil
	}
	return held
}

// HostMemory is the instance with the memory that host functions see; nil where that is
// the first one of who calls.
func (i *Instance) HostMemory() *engine.Instance { return i.holder }

// memoryPages is the present size of the exported memory name.
func (i *Instance) memoryPages(name string) uint64 {
	return i.MemoryHolder(name).MemoryPages()
}
