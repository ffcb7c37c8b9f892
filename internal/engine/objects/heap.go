// Package objects gives lowered modules the garbage-collected heap: the functions of
// the host and the runtime module that [lower.GC] has them import, instantiated in an
// engine's Runtime.
package objects

import (
	"context"
	"fmt"
	"slices"

	"github.com/tetratelabs/wazero/api"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/heap"
	"github.com/wazedge/wazedge/internal/lower"
	"github.com/wazedge/wazedge/internal/wasm"
)

// Heap is the garbage-collected heap of the lowered modules that are instantiated
// for one [engine.Thread]: no reference gets from one thread to another.
type Heap struct {
	*heap.Heap
	host    *engine.Instance
	runtime *engine.Instance
	end     engine.Cell     // of the shadow stack
	pending engine.Cell     // the exception under way
	next    heap.Attachment // of the instance being made
}

// New makes the heap of thread, with the modules that lowered ones import from, in r. What
// takes long there calls pause every few milliseconds, if there is one; an error ends the
// guest.
func New(ctx context.Context, r *engine.Runtime, thread *engine.Thread, c heap.Config, pause func() error) (*Heap, error) {
	h := &Heap{}
	thread.Objects = h
	var err error
	if h.host, err = r.Shared(ctx, heap.HostModule, func(ctx context.Context, name string) (*engine.Instance, error) {
		return functions(ctx, r, name)
	}); err != nil {
		return nil, err
	}
	if err := h.start(ctx, r, thread); err != nil {
		return nil, err
	}
	h.Heap, err = heap.New(heapMemory{h.runtime.Wazero().Memory()}, heap.Guest{
		Stack:   func() uint32 { return uint32(h.end.Get()) },
		Pending: func() uint32 { return uint32(h.pending.Get()) },
		Pause:   pause,
	}, c)
	return h, err
}

// functions makes the instance of what the host does for heaps, each call for that of the
// thread in which it is called.
func functions(ctx context.Context, r *engine.Runtime, name string) (*engine.Instance, error) {
	b := r.Wazero().NewHostModuleBuilder(name)
	export := func(name string, params, results int, f func(h *Heap, mod api.Module, x, y uint32) uint32) {
		i32s := func(n int) []api.ValueType { return slices.Repeat([]api.ValueType{api.ValueTypeI32}, n) }
		b.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(func(ctx context.Context, mod api.Module, stack []uint64) {
			var x [2]uint32
			for i := range params {
				x[i] = uint32(stack[i])
			}
			if v := f(engine.ThreadOf(ctx).Objects.(*Heap), mod, x[0], x[1]); results > 0 {
				stack[0] = uint64(v)
			}
		}), i32s(params), i32s(results)).Export(name)
	}
	export("refill", 1, 1, func(h *Heap, _ api.Module, class, _ uint32) uint32 { return engine.OrTrap(h.Refill(class)) })
	export("large", 1, 1, func(h *Heap, _ api.Module, n, _ uint32) uint32 { return engine.OrTrap(h.Large(n)) })
	export("zero", 2, 0, func(h *Heap, _ api.Module, at, n uint32) uint32 { return engine.OrTrap(0, h.Zero(at, n)) })
	export("room", 1, 1, func(h *Heap, _ api.Module, n, _ uint32) uint32 {
		ok, err := h.Room(n)
		if !ok {
			return engine.OrTrap(0, err)
		}
		return 1
	})
	export("pause", 0, 0, func(h *Heap, _ api.Module, _, _ uint32) uint32 { return engine.OrTrap(0, h.Pause()) })
	export("trap", 1, 0, func(_ *Heap, _ api.Module, code, _ uint32) uint32 { panic(fault.Code(code)) })
	export("attach", 1, 1, func(h *Heap, mod api.Module, base, _ uint32) uint32 { return engine.OrTrap(h.attach(mod, base)) })
	return r.InstantiateHost(ctx, b)
}

// start instantiates the runtime module for thread.
func (h *Heap) start(ctx context.Context, r *engine.Runtime, thread *engine.Thread) error {
	code, err := r.SharedCode(heap.RuntimeModule, func() (*engine.Code, error) {
		m, err := heap.Runtime()
		if err != nil {
			return nil, err
		}
		return r.CompileWith(ctx, wasm.Encode(m), engine.CompileOptions{Label: heap.RuntimeModule})
	})
	if err != nil {
		return fmt.Errorf("compile %s: %w", heap.RuntimeModule, err)
	}
	h.runtime, err = r.Instantiate(ctx, code, thread.In(engine.Options{Imports: h.Module, Unlimited: true}))
	if err != nil {
		return fmt.Errorf("instantiate %s: %w", heap.RuntimeModule, err)
	}
	var stack, exceptions bool
	h.end, stack = h.runtime.Cell("sp")
	h.pending, exceptions = h.runtime.Cell(heap.Pending)
	if !stack || !exceptions {
		return fmt.Errorf("%s lacks a global", heap.RuntimeModule)
	}
	return nil
}

// Module is the instance that name stands for in a lowered module's imports, or
// nil.
func (h *Heap) Module(name string) *engine.Instance {
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

// Mark is how far the shadow stack reached at some time. The zero Mark is its beginning.
type Mark uint64

// Mark is how far the shadow stack reaches now.
func (h *Heap) Mark() Mark { return Mark(h.end.Get()) }

// Unwind takes what lies behind to off the shadow stack, and ends the exception under way:
// a trap leaves the frames of the functions that it has ended.
func (h *Heap) Unwind(to Mark) {
	h.end.Set(max(uint64(to), heap.ShadowStack))
	h.pending.Set(0)
}

// Uncaught is the trap of an exception that a call has returned with, which is
// over then, or nil; see [engine.Options].
func (h *Heap) Uncaught() error {
	if h == nil || h.pending.Get() == 0 {
		return nil
	}
	h.pending.Set(0)
	return &engine.Trap{Code: fault.UncaughtException}
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
