package compat

import (
	"context"
	"errors"
	"time"

	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/machine"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/replay"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
)

// WasmEdge's interpreter tells the operands of an instruction that traps. Compiled
// code has forgotten them by then, and keeping them would cost every run. So when
// a guest has trapped, it is run once more, from its instantiation on, in an
// engine of its own and with the instruction changed to tell its operands. Given
// the same answers of the host, a guest is deterministic: it traps at the same place
// with the same operands. WASI keeps a journal of its first answers for that, and
// does nothing in the second run. Where the journal ends before the trap, so does the
// second run; then the operands are not told.
//
// The second run is made for guests that are small and have not run long.
const (
	replayCode  = 1 << 20         // bytes of code, which has to be compiled again
	replayPages = 4096            // pages of memory, as far as they are backed
	replayTime  = 2 * time.Second // of calls to be repeated
	replayCalls = 16              // calls to be repeated
	replayStart = "wazedge:start" // export of the start function in the second run
)

// call is a call of an exported function that an instance has had.
type call struct {
	name string
	args []value.Value
}

// history is what an instance would have to repeat.
type history struct {
	calls []call
	spent time.Duration
	lost  bool // it cannot be repeated
}

// add notes a call that is about to be made.
func (h *history) add(name string, args []value.Value) {
	if h.lost || len(h.calls) == replayCalls {
		h.lost, h.calls = true, nil
		return
	}
	for _, a := range args {
		h.lost = h.lost || a.Kind.IsRef() && !a.Null
	}
	h.calls = append(h.calls, call{name, args})
}

// replayed is what the second run tells of the moment of the trap.
type replayed struct {
	// operands are those of the instruction, as [replay.Instrumented] lists them; of one
	// that is no number the value is what there is to tell of it, or invalid.
	operands []value.Value
	sizes    []uint64       // of the memories or tables accessed
	dropped  bool           // the segment was
	callee   *wasm.FuncType // of the function that a call_indirect has found; nil if not known
}

// replay finds out about the instruction that i has trapped at with code c; it
// returns nil if that cannot be told.
func (i *Instance) replay(ctx context.Context, at place, trap *engine.Trap, c fault.Code) *replayed {
	if i.history.lost || i.history.spent > replayTime || i.large() {
		return nil
	}
	size := 0
	for n := range i.module.Bodies {
		size += len(i.module.Bodies[n].Code)
	}
	if size > replayCode {
		return nil
	}
	w := replay.Instrument(i.module, at.instr.Offset, c == fault.IndirectCallTypeMismatch)
	if w == nil {
		return nil
	}
	r := &secondRun{instance: i, module: w.Module, uses: i.code.uses, trap: trap, at: at}
	if c == fault.IndirectCallTypeMismatch {
		r.uses |= wasm.GC
	}
	defer r.close(ctx)
	if err := r.run(ctx); err != nil {
		return nil
	}
	t := &replayed{dropped: r.told(w.Dropped).Lo != 0}
	for _, o := range w.Operands {
		t.operands = append(t.operands, r.told(o))
	}
	for _, s := range w.Sizes {
		t.sizes = append(t.sizes, r.told(s).Lo)
	}
	if x := int32(r.told(w.Callee).Lo); w.Callee.Global != "" && x >= 0 {
		t.callee = &i.module.Types[x].Func
	}
	return t
}

// large reports whether another guest like i would take much memory. A memory may be
// large with little of it backed by the system, in so far as that is known.
func (i *Instance) large() bool {
	if i.engine == nil || i.engine.MemoryPages() <= replayPages {
		return false
	}
	n := machine.Resident()
	return n == 0 || n > replayPages*wasm.PageSize
}

// told is a value that the second run has told, or invalid.
func (r *secondRun) told(o replay.Recorded) value.Value {
	bits, ok := r.double.engine.Global(o.Global)
	if !ok {
		return value.Value{}
	}
	return takeValues([]uint64{bits, 0}, []wasm.ValType{o.Type}, r.double.types())[0]
}

// secondRun is the second run.
type secondRun struct {
	instance *Instance
	module   *wasm.Module  // with the instruction watched
	uses     wasm.Features // the proposals that module makes use of
	trap     *engine.Trap  // of the first run
	at       place         // of the trap
	store    *Store
	double   *Instance
}

// again is a store to run i again, under the same limits of memory but with nobody
// to log to. Should it go another way after all, it ends by its own limit of time.
func (i *Instance) again() *Store {
	before, features := i.store.runtime.config, i.features()
	r := NewRuntime(Config{
		Features: &features, Interpreter: i.code.way == prepare.Interpret,
		StressHeap: before.StressHeap, Alone: before.Alone, Workers: 1, Recompile: true, Limits: limits.Config{
			TimeLimit: 2 * replayTime, MemoryPages: before.Limits.MemoryPages, MaxHeap: before.Limits.MaxHeap,
		},
	})
	s := r.newStore(&r.config)
	s.second = true
	s.open()
	var journal *abi.Journal
	if i.guest != nil {
		journal = i.guest.Journal()
	}
	s.guest.Replay(journal)
	return s
}

// made is an instance of m, which makes use of the proposals uses and imports what is
// wanted of the host.
func (s *Store) made(ctx context.Context, m *wasm.Module, uses wasm.Features, wanted map[string][]*wasm.Import) (*Instance, error) {
	s.instances++
	i := s.describe(s.runtime.module(s.runtime.options.Made(m, s.space(m), uses)))
	return i, s.start(ctx, i, m, wanted, false)
}

func (r *secondRun) close(ctx context.Context) {
	if r.store != nil {
		// Nothing is left to be done about errors: the engine is dropped anyway.
		_ = r.store.Close(ctx)
		_ = r.store.runtime.Close(ctx)
	}
}

// errReplay says that the second run went another way than the first.
var errReplay = errors.New("the second run differs from the first")

// run repeats all calls up to the trap. The start function, being run by
// instantiation, cannot be watched: the module is given to the engine without it
// and the function is called instead.
func (r *secondRun) run(ctx context.Context) error {
	calls := r.instance.history.calls
	if r.module.Start != nil {
		m := *r.module
		m.Exports = append(m.Exports[:len(m.Exports):len(m.Exports)],
			wasm.Export{Name: replayStart, Kind: wasm.ExternFunc, Index: *m.Start})
		m.Start = nil
		r.module = &m
		calls = append([]call{{name: replayStart}}, calls...)
	}
	if err := r.instantiate(ctx); err != nil {
		return err
	}
	for n, c := range calls {
		t, _ := exportedFunction(r.module, c.name)
		stack := make([]uint64, max(slots(t.Params), slots(t.Results)))
		putValues(stack, c.args)
		err := r.double.call(ctx, c.name, stack)
		last := n == len(calls)-1
		if trap, ok := errors.AsType[*engine.Trap](err); ok && last && r.same(ctx, trap) {
			return nil
		}
		if err != nil || last {
			return errReplay
		}
	}
	return errReplay
}

// same reports whether trap, of the second run, is the first run's.
func (r *secondRun) same(ctx context.Context, trap *engine.Trap) bool {
	ps := r.double.places(ctx, trap)
	return trap.Code == r.trap.Code && len(ps) > 0 && ps[0].function == r.at.function &&
		len(ps) == len(r.instance.places(ctx, r.trap))
}

// instantiate makes the instance. What it imports from the host answers as it did in
// the first run, or fails; other functions trap.
func (r *secondRun) instantiate(ctx context.Context) error {
	r.store = r.instance.again()
	wanted, stubs, ok := importsOf(r.module, r.store)
	if !ok {
		return errReplay
	}
	for name, m := range stubs {
		inst, err := r.store.made(ctx, m, r.uses, nil)
		if err != nil {
			return err
		}
		r.store.Link(name, inst)
	}
	var err error
	r.double, err = r.store.made(ctx, r.module, r.uses, wanted)
	return err
}

// importsOf are the functions that m imports from hosts, and modules to import others
// from, all of which trap. It fails for a module that imports anything else.
func importsOf(m *wasm.Module, s *Store) (wanted map[string][]*wasm.Import, stubs map[string]*wasm.Module, ok bool) {
	wanted, stubs = map[string][]*wasm.Import{}, map[string]*wasm.Module{}
	var trap wasm.Emitter
	trap.Op(wasm.OpUnreachable)
	trap.End()
	body := append(wasm.AppendLocals(nil, nil), trap.Code...)
	for n := range m.Imports {
		im := &m.Imports[n]
		if im.Kind != wasm.ExternFunc {
			return nil, nil, false
		}
		if s.host(im.Module) != nil {
			wanted[im.Module] = append(wanted[im.Module], im)
			continue
		}
		stub := stubs[im.Module]
		if stub == nil {
			stub = &wasm.Module{Types: m.Types, RecGroups: m.RecGroups}
			stubs[im.Module] = stub
		}
		index := uint32(len(stub.Funcs))
		if _, taken := export(stub, wasm.ExternFunc, im.Name); !taken {
			stub.Exports = append(stub.Exports, wasm.Export{Name: im.Name, Kind: wasm.ExternFunc, Index: index})
			stub.Funcs = append(stub.Funcs, im.Type)
			stub.Bodies = append(stub.Bodies, wasm.Body{Code: body})
		}
	}
	return wanted, stubs, true
}
