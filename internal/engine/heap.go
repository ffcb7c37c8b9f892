package engine

import (
	"context"
	"fmt"
	"slices"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/heap"
	"github.com/wazedge/wazedge/internal/lower"
	"github.com/wazedge/wazedge/internal/wasm"
)

// Heap is the garbage-collected heap of the lowered modules that are instantiated
// in one Runtime.
type Heap struct {
	*heap.Heap
	host    *Instance
	runtime *Instance
	end     api.MutableGlobal // of the shadow stack
	pending api.MutableGlobal // the exception under way
	next    heap.Attachment   // of the instance being made
}

// NewHeap makes the heap, with the modules that lowered ones import from. What takes
// long there calls pause every few milliseconds, if there is one; an error ends the
// guest.
func (r *Runtime) NewHeap(ctx context.Context, c heap.Config, pause func() error) (*Heap, error) {
	h := &Heap{}
	b := r.wazero.NewHostModuleBuilder(heap.HostModule)
	export := func(name string, params, results int, f func(mod api.Module, x, y uint32) uint32) {
		i32s := func(n int) []api.ValueType { return slices.Repeat([]api.ValueType{api.ValueTypeI32}, n) }
		b.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(func(_ context.Context, mod api.Module, stack []uint64) {
			var x [2]uint32
			for i := range params {
				x[i] = uint32(stack[i])
			}
			if v := f(mod, x[0], x[1]); results > 0 {
				stack[0] = uint64(v)
			}
		}), i32s(params), i32s(results)).Export(name)
	}
	export("refill", 1, 1, func(_ api.Module, class, _ uint32) uint32 { return orTrap(h.Refill(class)) })
	export("large", 1, 1, func(_ api.Module, n, _ uint32) uint32 { return orTrap(h.Large(n)) })
	export("zero", 2, 0, func(_ api.Module, at, n uint32) uint32 { return orTrap(0, h.Zero(at, n)) })
	export("room", 1, 1, func(_ api.Module, n, _ uint32) uint32 {
		ok, err := h.Room(n)
		if !ok {
			return orTrap(0, err)
		}
		return 1
	})
	export("pause", 0, 0, func(api.Module, uint32, uint32) uint32 { return orTrap(0, h.Pause()) })
	export("trap", 1, 0, func(_ api.Module, code, _ uint32) uint32 { panic(fault.Code(code)) })
	export("attach", 1, 1, func(mod api.Module, base, _ uint32) uint32 { return orTrap(h.attach(mod, base)) })
	hostModule, err := instantiateHost(ctx, r.wazero, b)
	if err != nil {
		return nil, fmt.Errorf("instantiate %s: %w", heap.HostModule, err)
	}
	h.host = Host(hostModule)
	m, err := heap.Runtime()
	if err != nil {
		return nil, err
	}
	code, err := r.CompileWith(ctx, wasm.Encode(m), CompileOptions{Label: heap.RuntimeModule})
	if err != nil {
		return nil, fmt.Errorf("compile %s: %w", heap.RuntimeModule, err)
	}
	h.runtime, err = r.Instantiate(ctx, code, Options{Imports: h.Module, Unlimited: true})
	if err != nil {
		return nil, fmt.Errorf("instantiate %s: %w", heap.RuntimeModule, err)
	}
	h.end = h.runtime.module.ExportedGlobal("sp").(api.MutableGlobal)
	h.pending = h.runtime.module.ExportedGlobal(heap.Pending).(api.MutableGlobal)
	h.Heap, err = heap.New(heapMemory{h.runtime.module.Memory()}, heap.Guest{
		Stack:   func() uint32 { return uint32(h.end.Get()) },
		Pending: func() uint32 { return uint32(h.pending.Get()) },
		Pause:   pause,
	}, c)
	return h, err
}

// instantiateHost makes an instance of host functions that others can import from
// whatever its name.
func instantiateHost(ctx context.Context, rt wazero.Runtime, b wazero.HostModuleBuilder) (api.Module, error) {
	code, err := b.Compile(ctx)
	if err != nil {
		return nil, err
	}
	return rt.InstantiateModule(ctx, code, wazero.NewModuleConfig().WithName(""))
}

// orTrap is v, or the end of the guest for err.
func orTrap(v uint32, err error) uint32 {
	if err != nil {
		panic(err)
	}
	return v
}

// Module is the instance that name stands for in a lowered module's imports, or
// nil.
func (h *Heap) Module(name string) *Instance {
	switch name {
	case heap.HostModule:
		return h.host
	case heap.RuntimeModule:
		return h.runtime
	}
	return nil
}

// Expect says what the next instance brings to the heap: the types of the module
// that [lower.GC] was given, and what [lower.GCFuncs] says of it.
func (h *Heap) Expect(types *wasm.TypeSpace, funcs []uint32) {
	h.next = heap.Attachment{Types: types, Funcs: funcs}
}

// attach joins the instance mod, which calls it in its start function.
func (h *Heap) attach(mod api.Module, base uint32) (uint32, error) {
	a := h.next
	h.next = heap.Attachment{}
	a.Base = base
	for i := 0; ; i++ {
		g := mod.ExportedGlobal(lower.GCRoot(i))
		if g == nil {
			break
		}
		a.Roots = append(a.Roots, func() uint32 { return uint32(g.Get()) })
	}
	return h.Attach(a)
}

// Unwind empties the shadow stack. It is for when no guest runs: a trap leaves the
// frames of the functions that it has ended.
func (h *Heap) Unwind() {
	h.end.Set(heap.ShadowStack)
	h.pending.Set(0)
}

// uncaught is the trap of an exception that a call has returned with, which is
// over then, or nil.
func (h *Heap) uncaught() error {
	if h == nil || h.pending.Get() == 0 {
		return nil
	}
	h.Unwind()
	return &Trap{Code: fault.UncaughtException}
}

// heapMemory is the engine's memory as package heap wants it.
type heapMemory struct{ api.Memory }

func (m heapMemory) Bytes() []byte {
	b, _ := m.Read(0, m.Size())
	return b
}

func (m heapMemory) Grow(pages uint32) bool {
	_, ok := m.Memory.Grow(pages)
	return ok
}
