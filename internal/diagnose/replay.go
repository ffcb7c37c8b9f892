package diagnose

import (
	"context"
	"errors"
	"time"

	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/machine"
	"github.com/wazedge/wazedge/internal/replay"
	"github.com/wazedge/wazedge/internal/stack"
	"github.com/wazedge/wazedge/internal/wasm"
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
// The second run is made for guests that are small and have not worked long.
const (
	replayCode  = 1 << 20         // bytes of code, which has to be compiled again
	replayPages = 4096            // pages of memory, as far as they are backed
	replayTime  = 2 * time.Second // of calls to be repeated
	replayCalls = 16              // calls to be repeated
	replayStart = "wazedge:start" // export of the start function in the second run
)

// replayed is what the second run tells of the moment of the trap.
type replayed struct {
	// operands are those of the instruction, as [replay.Instrumented] lists them; of one
	// that is no number the value is what there is to tell of it, or invalid.
	operands []value.Value
	sizes    []uint64       // of the memories or tables accessed
	dropped  bool           // the segment was
	callee   *wasm.FuncType // of the function that a call_indirect has found; nil if not known
}

// replay finds out about the instruction that s has trapped at with code c; it
// returns nil if that cannot be told.
func (s *Subject) replay(ctx context.Context, at place, trap *engine.Trap, c fault.Code) *replayed {
	if s.unrepeatable(fullEffort) {
		return nil
	}
	w := replay.Instrument(s.Module, at.instr.Offset, c == fault.IndirectCallTypeMismatch)
	if w == nil {
		return nil
	}
	r := &secondRun{subject: s, module: w.Module, uses: s.Uses, trap: trap, at: at}
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
	for _, size := range w.Sizes {
		t.sizes = append(t.sizes, r.told(size).Lo)
	}
	if x := int32(r.told(w.Callee).Lo); w.Callee.Global != "" && x >= 0 {
		t.callee = &s.Module.Types[x].Func
	}
	return t
}

// unrepeatable reports whether s cannot be run once more, or not by less than most.
func (s *Subject) unrepeatable(most Effort) bool {
	if s.Again == nil || s.History.lost || s.History.worked() > min(most.Ran, replayTime) || s.large() {
		return true
	}
	size := 0
	for n := range s.Module.Bodies {
		size += len(s.Module.Bodies[n].Code)
	}
	return size > min(most.Code, replayCode)
}

// large reports whether another guest like s would take much memory. A memory may be
// large with little of it backed by the system, in so far as that is known.
func (s *Subject) large() bool {
	if s.Engine == nil || s.Engine.MemoryPages() <= replayPages {
		return false
	}
	n := machine.Resident()
	return n == 0 || n > replayPages*wasm.PageSize
}

// told is a value that the second run has told, or invalid.
func (r *secondRun) told(o replay.Recorded) value.Value {
	bits, ok := r.guest.Engine.Global(o.Global)
	if !ok {
		return value.Value{}
	}
	return stack.Take([]uint64{bits, 0}, []wasm.ValType{o.Type}, r.subject.Types, nil)[0]
}

// secondRun is the second run.
type secondRun struct {
	subject *Subject      // of the first run
	module  *wasm.Module  // with the instruction watched
	uses    wasm.Features // the proposals that module makes use of
	trap    *engine.Trap  // of the first run
	at      place         // of the trap
	store   Again
	guest   *Subject
}

func (r *secondRun) close(ctx context.Context) {
	if r.store != nil {
		r.store.Close(ctx)
	}
}

// ErrDiffers says that the second run went another way than the first.
var ErrDiffers = errors.New("the second run differs from the first")

// run repeats all calls up to the trap. The start function, being run by
// instantiation, cannot be watched: the module is given to the engine without it
// and the function is called instead.
func (r *secondRun) run(ctx context.Context) error {
	calls := r.subject.History.calls
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
		t, _ := r.module.ExportedFunc(c.name)
		values := stack.For(&t)
		stack.Put(values, c.args, nil) // there is no heap to be full
		err := r.guest.Call(ctx, c.name, values)
		last := n == len(calls)-1
		if trap, ok := errors.AsType[*engine.Trap](err); ok && last && r.same(ctx, trap) {
			return nil
		}
		if err != nil || last {
			return ErrDiffers
		}
	}
	return ErrDiffers
}

// same reports whether trap, of the second run, is the first run's.
func (r *secondRun) same(ctx context.Context, trap *engine.Trap) bool {
	ps := r.guest.places(ctx, trap)
	return trap.Code == r.trap.Code && len(ps) > 0 && ps[0].function == r.at.function &&
		len(ps) == len(r.subject.places(ctx, r.trap))
}

// instantiate makes the instance. What it imports from the host answers as it did in
// the first run, or fails; other functions trap.
func (r *secondRun) instantiate(ctx context.Context) error {
	r.store = r.subject.Again(2 * replayTime)
	stubs, ok := stubsFor(r.module, r.store.Offers)
	if !ok {
		return ErrDiffers
	}
	for name, m := range stubs {
		if _, err := r.store.Instantiate(ctx, name, m, r.uses); err != nil {
			return err
		}
	}
	var err error
	r.guest, err = r.store.Instantiate(ctx, "", r.module, r.uses)
	return err
}

// stubsFor are modules to import the functions from that m imports from others than
// hosts, all of which trap. It fails for a module that imports anything but functions.
func stubsFor(m *wasm.Module, host func(name string) bool) (stubs map[string]*wasm.Module, ok bool) {
	stubs = map[string]*wasm.Module{}
	var trap wasm.Emitter
	trap.Op(wasm.OpUnreachable)
	trap.End()
	body := append(wasm.AppendLocals(nil, nil), trap.Code...)
	for n := range m.Imports {
		im := &m.Imports[n]
		if im.Kind != wasm.ExternFunc {
			return nil, false
		}
		if host(im.Module) {
			continue
		}
		stub := stubs[im.Module]
		if stub == nil {
			stub = &wasm.Module{Types: m.Types, RecGroups: m.RecGroups}
			stubs[im.Module] = stub
		}
		index := uint32(len(stub.Funcs))
		if _, taken := stub.Exported(wasm.ExternFunc, im.Name); !taken {
			stub.Exports = append(stub.Exports, wasm.Export{Name: im.Name, Kind: wasm.ExternFunc, Index: index})
			stub.Funcs = append(stub.Funcs, im.Type)
			stub.Bodies = append(stub.Bodies, wasm.Body{Code: body})
		}
	}
	return stubs, true
}
