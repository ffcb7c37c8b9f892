package compat

import (
	"context"
	"errors"

	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/engine/objects"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/heap"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/wasm"
)

// joinHeap makes the heap ready for the instance of l, if it needs one, and adds
// what it imports of it to instances.
func (s *Store) joinHeap(ctx context.Context, l *prepare.Needs, instances map[string]*engine.Instance) (*objects.Heap, error) {
	if l.Objects == nil {
		return nil, nil
	}
	if s.heap == nil {
		var err error
		if s.heap, err = objects.New(ctx, s.target.Engine, s.engine, heap.Config{Limit: s.config.Limits.MaxHeap, Stress: s.config.StressHeap}, s.pause); err != nil {
			return nil, err
		}
	}
	for _, name := range []string{heap.HostModule, heap.RuntimeModule} {
		instances[name] = s.heap.Module(name)
	}
	types, err := l.Objects.Space(s.identities())
	if err != nil {
		return nil, err
	}
	s.heap.Expect(types, l.Objects.Funcs)
	return s.heap, nil
}

// pause is why the guest is to end now, or nil.
func (s *Store) pause() error {
	if err := s.account.Pause(); err != nil {
		return err
	}
	return nil
}

// ofHeap marks, in [value.Value.Lo], a reference that is a number of the heap's, as
// against one that the host has made.
const ofHeap = 1 << 63

// putValues writes vs to the engine's stack. References of the host's become
// objects of the heap where there is one.
func (i *Instance) putValues(stack []uint64, vs []value.Value) *fault.Error {
	putValues(stack, vs)
	if i.heap == nil {
		return nil
	}
	at := 0
	for _, v := range vs {
		switch {
		case v.Null:
		case v.Kind == value.V128:
			at++
		case v.Kind != value.ExternRef && v.Kind != value.AnyRef:
		case v.Lo&ofHeap != 0:
			stack[at] = uint64(uint32(v.Lo))
		default:
			box, err := i.heap.NewBox(v.Lo)
			if f, ok := errors.AsType[*fault.Error](err); ok {
				return f
			}
			stack[at] = uint64(box)
		}
		at++
	}
	return nil
}

// takeValues reads values of types ts from the engine's stack.
func (i *Instance) takeValues(stack []uint64, ts []wasm.ValType) []value.Value {
	vs := takeValues(stack, ts, i.types())
	if i.heap == nil {
		return vs
	}
	for n := range vs {
		v := &vs[n]
		if v.Null || v.Kind != value.ExternRef && v.Kind != value.AnyRef || ts[n].Heap() == wasm.HeapExn {
			continue
		}
		ref := uint32(v.Lo)
		if ref&1 == 0 && i.heap.KindOf(ref) == heap.Box {
			v.Lo = i.heap.BoxValueOf(ref)
		} else {
			v.Lo = ofHeap | uint64(ref)
		}
	}
	return vs
}

// unwind takes what a failed call has left on the heap's shadow stack from it.
func (i *Instance) unwind() {
	if i.heap != nil {
		i.heap.Unwind()
	}
}

// tableLen is the present number of elements of the table x, exported as name.
func (i *Instance) tableLen(name string, x uint32) uint64 {
	if i.heap == nil {
		return i.engine.TableSize(x)
	}
	ref, _ := i.engine.Global(name)
	return uint64(i.heap.TableSize(uint32(ref)))
}
