package compat

import (
	"context"
	"slices"

	"github.com/wazedge/wazedge/internal/beside"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/link"
	"github.com/wazedge/wazedge/internal/wasm"
)

// HostFunc is a function of the embedder's for guests to call. Its parameters are on the
// stack, each in the low bits of one element, a v128 in two (low half first), and it
// leaves its results there in the same form; the stack is long enough for both. A
// reference is 0 when it is null.
//
// An error ends the guest: a [*Error] or [Code] with this code, another as a failed host
// function ([HostFuncError]), which [errors.As] finds in the error of the call. ctx is that
// of the call, which guests that the function calls in its turn are to be given.
type HostFunc func(ctx context.Context, caller *Caller, stack []uint64) error

// Caller is the instance that calls a host function.
type Caller struct {
	store    *Store
	caller   engine.Caller
	instance *Instance
}

// Instance is who calls; nil while its start function runs.
func (c *Caller) Instance() *Instance {
	if c.instance == nil {
		c.instance = c.store.instance(c.store.linked.Calling(c.caller))
	}
	return c.instance
}

// Memory is the first memory of the instance that calls, as it is now, without a copy; nil
// if it has none. It is good until the function returns or the memory grows.
func (c *Caller) Memory() []byte {
	if i := c.Instance(); i != nil && i.linked.HostMemory() != nil {
		return i.linked.HostMemory().Memory()
	}
	return c.caller.Memory()
}

// HostModule is a module of the embedder's own: functions, memories, globals and tables
// for guests to import. It is made once, and then given to any number of stores, by
// [StoreConfig.Hosts]; it is safe for concurrent use when nothing is added any more.
// Functions are shared, the others are each store's own. A [Runtime] keeps what it has
// been used with until it is closed: what differs from store to store is told by [Caller].
type HostModule struct {
	name      string
	functions []hostFunction
	objects   wasm.Module // what is not a function
}

type hostFunction struct {
	name string
	typ  FuncType
	call HostFunc
}

// NewHostModule is a module without contents that guests import from by name.
func NewHostModule(name string) *HostModule { return &HostModule{name: name} }

// Name is what guests import from.
func (h *HostModule) Name() string { return h.name }

// Func adds the function name of type t, and returns h. A name that is taken names the
// newer function. [Func0] and the like have functions with Go's types.
func (h *HostModule) Func(name string, t FuncType, f HostFunc) *HostModule {
	h.functions = slices.DeleteFunc(h.functions, func(f hostFunction) bool { return f.name == name })
	h.functions = append(h.functions, hostFunction{name, t, f})
	return h
}

// Memory adds a memory, of minimum pages of 64 KiB at the start and no more than maximum,
// or without a bound of its own when that is 0; and returns h.
func (h *HostModule) Memory(name string, minimum, maximum uint32) *HostModule {
	return h.MemoryOf(name, MemoryType{Limits: limitsOf(minimum, maximum)})
}

// MemoryOf adds a memory of type t and returns h.
func (h *HostModule) MemoryOf(name string, t MemoryType) *HostModule {
	h.export(name, wasm.ExternMemory, len(h.objects.Memories))
	h.objects.Memories = append(h.objects.Memories, t)
	return h
}

// Table adds a table of references of type element ([FuncRef] or [ExternRef]), minimum at
// the start and no more than maximum, or without a bound of its own when that is 0; and
// returns h. Its elements are null.
func (h *HostModule) Table(name string, element ValType, minimum, maximum uint32) *HostModule {
	return h.TableOf(name, TableType{Elem: element, Limits: limitsOf(minimum, maximum)})
}

// TableOf adds a table of type t, of null references, and returns h.
func (h *HostModule) TableOf(name string, t TableType) *HostModule {
	h.export(name, wasm.ExternTable, len(h.objects.Tables))
	h.objects.Tables = append(h.objects.Tables, wasm.Table{Type: t})
	return h
}

// Global adds a global that begins with the value bits, in the form of [HostFunc]; a
// reference begins as null. It returns h.
func (h *HostModule) Global(name string, t GlobalType, bits ...uint64) *HostModule {
	h.export(name, wasm.ExternGlobal, len(h.objects.Globals))
	var e wasm.Emitter
	bits = append(bits, 0, 0)
	e.Const(t.Type, bits[0], bits[1])
	e.End()
	h.objects.Globals = append(h.objects.Globals, wasm.Global{Type: t, Init: wasm.Expr{Code: e.Code}})
	return h
}

func (h *HostModule) export(name string, kind wasm.ExternKind, index int) {
	h.objects.Exports = append(h.objects.Exports, wasm.Export{Name: name, Kind: kind, Index: uint32(index)})
}

func limitsOf(minimum, maximum uint32) wasm.Limits {
	return wasm.Limits{Min: uint64(minimum), Max: uint64(maximum), HasMax: maximum > 0}
}

// find is the function name, or nil.
func (h *HostModule) find(name string) *hostFunction {
	n := slices.IndexFunc(h.functions, func(f hostFunction) bool { return f.name == name })
	if n < 0 {
		return nil
	}
	return &h.functions[n]
}

// ownHost is a module of the embedder's as linking has it.
type ownHost struct{ *HostModule }

// Function finds the function name, whatever type is wanted.
func (h ownHost) Function(name string, _ *wasm.FuncType) (wasm.FuncType, bool) {
	f := h.find(name)
	if f == nil {
		return wasm.FuncType{}, false
	}
	return f.typ, true
}

// Instantiate finds the instance of all functions, which all stores share.
func (h ownHost) Instantiate(ctx context.Context, s *link.Store, _ []*wasm.Import, _ []wasm.SubType, _ *engine.Instance) (*engine.Instance, error) {
	rt := s.Engine()
	return rt.SharedBy(h, h.name, func() (*engine.Instance, error) {
		list := make([]engine.HostFunction, len(h.functions))
		for n, f := range h.functions {
			list[n] = engine.HostFunction{Name: f.name, Params: beside.EngineTypes(f.typ.Params), Results: beside.EngineTypes(f.typ.Results),
				Call: func(ctx context.Context, caller engine.Caller, stack []uint64) error {
					return f.call(ctx, &Caller{store: storeOf(ctx), caller: caller}, stack)
				}}
		}
		return rt.InstantiateFunctions(ctx, h.name, list)
	})
}

// Imported has nothing to do.
func (h ownHost) Imported(*link.Store, []*wasm.Import, []wasm.SubType) {}

// Objects is h as a module that imports the functions and exports all there is, for what
// cannot be imported from functions alone; nil for a module of functions.
func (h ownHost) Objects() *wasm.Module {
	if len(h.objects.Exports) == 0 {
		return nil
	}
	m := h.objects
	m.Exports = slices.Clone(m.Exports)
	for n := range h.functions {
		f := &h.functions[n]
		m.Types = append(m.Types, wasm.SubType{Final: true, Kind: wasm.CompFunc, Func: f.typ})
		m.RecGroups = append(m.RecGroups, wasm.RecGroup{Start: uint32(n), Len: 1})
		m.Imports = append(m.Imports, wasm.Import{Module: h.name, Name: f.name, Kind: wasm.ExternFunc, Type: uint32(n)})
		m.Exports = append(m.Exports, wasm.Export{Name: f.name, Kind: wasm.ExternFunc, Index: uint32(n)})
	}
	return &m
}
