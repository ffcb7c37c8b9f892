package hosts

import (
	"context"

	"github.com/wazedge/wazedge/hostfuncs/wasi"
	"github.com/wazedge/wazedge/internal/beside"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/link"
	"github.com/wazedge/wazedge/internal/wasm"
)

// CallerModule is what plug-ins import from to reach into the memory of who calls them.
const CallerModule = "caller"

// Beside is a world of a plug-in that is a guest itself: it has nothing of w's, and is closed with it.
func (w *World) Beside(c Config) *World {
	b := NewWorld(c)
	w.beside = append(w.beside, b)
	return b
}

// hostOfPlugin is the module name of w for a plug-in, or nil.
func (w *World) hostOfPlugin(name string) link.Host {
	if name == CallerModule {
		return callerModule{}
	}
	if b := namespaces().find(name, w.config.Forbidden); b != nil && b.ofStore == nil {
		return bound{b, w}
	}
	return nil
}

// bound is a namespace whose functions work on one world.
type bound struct {
	*builtIn
	world *World
}

// Instantiate makes an instance.
func (b bound) Instantiate(ctx context.Context, s *link.Store, list []*wasm.Import, types []wasm.SubType, memory *engine.Instance) (*engine.Instance, error) {
	return s.Guest.Instantiate(ctx, s.Engine(), b.namespace(), b.state(b.world, s.Guest), importsOf(list, types), memory)
}

// Imported has nothing to do: instances are not shared.
func (b bound) Imported(*link.Store, []*wasm.Import, []wasm.SubType) {}

// callerModule is the module caller: its functions move bytes between the memory of the plug-in and
// that of who calls it. They answer nothing that is not in the two, so that a run that is repeated runs
// them as it does instructions.
//
//	read(from: i32, to: i32, n: i32) -> errno: i32
//	write(to: i32, from: i32, n: i32) -> errno: i32
//
// The first address is in the caller's memory. The result is 0, or 21 (FAULT) when one of the two
// ranges is not in its memory; then nothing has been moved.
type callerModule struct{}

// callersMemory is that of who calls the plug-in; nil while there is none.
func callersMemory(plugin *link.Instance) []byte {
	caller := plugin.Caller()
	if caller == nil {
		return nil
	}
	if holder := caller.MemoryAt(0); holder != nil {
		return holder.Memory()
	}
	return nil
}

// callerType is the type of the functions of the module caller.
var callerType = wasm.FuncType{Params: []wasm.ValType{wasm.I32, wasm.I32, wasm.I32}, Results: []wasm.ValType{wasm.I32}}

// Function finds the function name.
func (callerModule) Function(name string, _ *wasm.FuncType) (wasm.FuncType, bool) {
	return callerType, name == "read" || name == "write"
}

// Instantiate makes an instance of both functions.
func (callerModule) Instantiate(ctx context.Context, s *link.Store, _ []*wasm.Import, _ []wasm.SubType, holder *engine.Instance) (*engine.Instance, error) {
	function := func(name string, move func(caller, own []byte, at, in, n uint32, stopped func() bool) wasi.Errno) engine.HostFunction {
		return engine.HostFunction{
			Name: name, Params: beside.EngineTypes(callerType.Params), Results: beside.EngineTypes(callerType.Results),
			Call: func(_ context.Context, from engine.Caller, stack []uint64) error {
				own := from.Memory()
				if holder != nil {
					own = holder.Memory()
				}
				stack[0] = uint64(move(callersMemory(s.Calling(from)), own, uint32(stack[0]), uint32(stack[1]), uint32(stack[2]), s.Guest.Interrupted))
				return s.Guest.Cause()
			},
		}
	}
	return s.Engine().InstantiateFunctions(ctx, CallerModule, []engine.HostFunction{function("read", readCaller), function("write", writeCaller)})
}

// Imported has nothing to do: instances are not shared.
func (callerModule) Imported(*link.Store, []*wasm.Import, []wasm.SubType) {}

// Objects is nil: there are functions only.
func (callerModule) Objects() *wasm.Module { return nil }

// readCaller moves n bytes at at of the caller's memory to to in the plug-in's own.
func readCaller(caller, own []byte, at, to, n uint32, stopped func() bool) wasi.Errno {
	source, target, ok := ranges(caller, own, at, to, n)
	if !ok {
		return wasi.EFAULT
	}
	move(caller, own, target, source, stopped)
	return wasi.Success
}

// writeCaller moves n bytes at from of the plug-in's own memory to at in the caller's.
func writeCaller(caller, own []byte, at, from, n uint32, stopped func() bool) wasi.Errno {
	target, source, ok := ranges(caller, own, at, from, n)
	if !ok {
		return wasi.EFAULT
	}
	move(caller, own, target, source, stopped)
	return wasi.Success
}

// ranges are n bytes of each of two memories, and whether they are there.
func ranges(a, b []byte, inA, inB, n uint32) (ofA, ofB []byte, ok bool) {
	if uint64(inA)+uint64(n) > uint64(len(a)) || uint64(inB)+uint64(n) > uint64(len(b)) {
		return nil, nil, false
	}
	return a[inA:][:n], b[inB:][:n], true
}

// move copies from to to in pieces, unless the guest is to stop, or at once where the two memories are
// one, in which the ranges may overlap.
func move(caller, own, to, from []byte, stopped func() bool) {
	if len(from) > 0 && &caller[0] == &own[0] {
		copy(to, from)
		return
	}
	for len(from) > 0 && !stopped() {
		n := copy(to, from[:min(len(from), movedAtOnce)])
		to, from = to[n:], from[n:]
	}
}

// movedAtOnce is how many bytes are moved before a call looks whether the guest is to stop.
const movedAtOnce = 4 << 20
