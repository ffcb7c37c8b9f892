package compat

import (
	"context"
	"sort"
	"strings"
	"time"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/heap"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
)

// exceededLine is what WasmEdge logs in place of a code when the limit of gas is
// reached.
const exceededLine = "Cost exceeded limit. Force terminate the execution."

// chargeConstants charges what instantiating inst evaluates.
func (s *Store) chargeConstants(inst *Instance) error {
	err := s.account.Constants(inst.module)
	if err == nil {
		return nil
	}
	if inst.reread != "" {
		// Only the file knows the places of its instructions.
		inst.restore()
		again := limits.NewAccount(s.config.accounting())
		if e := again.Constants(inst.module); e != nil {
			err = e
		}
	}
	err.Line = exceededLine
	return err
}

// importAccount gives what a metered module imports.
func (s *Store) importAccount(ctx context.Context, instances map[string]*engine.Instance) error {
	if v := s.runtime.options.Metering; !v.Checked && v.MaxDepth == 0 {
		return nil
	}
	inst, err := s.target.Engine.Meter(ctx, limits.HostModule)
	if err != nil {
		return err
	}
	instances[limits.HostModule] = inst
	return nil
}

// connect joins the account of s with the instance, and runs the start function,
// which a metered module leaves to its host.
func (s *Store) connect(ctx context.Context, inst *Instance) error {
	if !inst.plan().Metering.Active() {
		return nil
	}
	names := limits.NamesFor(inst.module)
	var counters []limits.Counter
	for _, name := range names.Counters {
		if c, ok := inst.engine.Cell(name); ok {
			counters = append(counters, c)
		}
	}
	if len(counters) > 0 {
		s.account.Connect(counters...)
	}
	if s.profile != nil {
		s.profile.Sampled(inst.engine.Stack)
		inst.profile = s.profile
	}
	if c, ok := inst.engine.Cell(names.Depth); ok {
		inst.depth = &c
	}
	if inst.module.Start == nil {
		return nil
	}
	if err := inst.call(ctx, names.Start, nil); err != nil {
		return inst.startError(ctx, err)
	}
	return nil
}

// call runs the export name of the engine's instance, on account.
func (i *Instance) call(ctx context.Context, name string, stack []uint64) error {
	s := i.store
	s.calls++
	defer func() { s.calls-- }()
	if s.calls > 1 { // from a host function
		return i.engine.Call(ctx, name, stack)
	}
	defer s.watch(ctx)()
	if i.depth != nil {
		i.depth.Set(0)
	}
	if err := s.account.Begin(); err != nil {
		return &engine.Trap{Code: err.Code, Cause: err}
	}
	if i.profile != nil {
		i.profile.Begin(i.functionCalled(name))
		defer i.profile.End()
	}
	err := i.engine.Call(ctx, name, stack)
	if over := s.account.End(err == nil); over != nil {
		return &engine.Trap{Code: over.Code, Cause: over}
	}
	return err
}

// functionCalled is the function behind an export of the engine's instance.
func (i *Instance) functionCalled(name string) uint32 {
	if x, ok := export(i.module, wasm.ExternFunc, name); ok {
		return x
	}
	if i.module.Start != nil {
		return *i.module.Start
	}
	return 0
}

// settle brings the account up to date with a trap, and returns the fault when
// the limit of gas is what has ended the guest, and whether it tells the calling
// stack. The places are those of t's frames.
func (i *Instance) settle(t *engine.Trap, ps []place) (f *fault.Error, stack bool) {
	if !i.plan().Metering.Active() {
		return nil, false
	}
	known := len(ps) > 0 && ps[0].in == i
	if t.Code == fault.CostLimitExceeded {
		if len(t.Frames) == 0 {
			return i.refused(limits.Refusal{Offset: -1}), false // settled by its end
		}
		var r limits.Refusal
		l, err := i.locator()
		if err == nil && known {
			r, err = i.store.account.Exceeded(l, int(ps[0].function-i.module.ImportedCount(wasm.ExternFunc)))
		}
		if err != nil || !known {
			r = i.store.account.RefuseSomewhere()
		}
		return i.refused(r), r.Skipped
	}
	if !known || !ps[0].known || stoppedByAccount(t) {
		return nil, false
	}
	l, err := i.locator()
	if err != nil {
		return nil, false
	}
	if r, err := i.store.account.Trapped(l, ps[0].instr.Offset); err == nil && r != nil {
		return i.refused(*r), r.Skipped
	}
	return nil, false
}

func (i *Instance) locator() (*limits.Locator, error) {
	return limits.NewLocator(i.module, i.plan().Metering)
}

// refused is the fault of an instruction that the limit of gas did not allow.
func (i *Instance) refused(r limits.Refusal) *fault.Error {
	f := &fault.Error{Code: fault.CostLimitExceeded, Offset: r.Offset, Line: exceededLine}
	if in, ok := i.instruction(r.Offset); ok {
		f.With(inInstruction(&in))
	}
	return f
}

// instruction is the one at offset of the file, if there is one.
func (i *Instance) instruction(offset int64) (wasm.Instr, bool) {
	bodies := i.module.Bodies
	n := sort.Search(len(bodies), func(n int) bool { return bodies[n].Offset > offset }) - 1
	if n < 0 {
		return wasm.Instr{}, false
	}
	var p place
	i.read(&p, &bodies[n], offset)
	return p.instr, p.known
}

// stoppedByAccount reports whether the guest was stopped by its account, and not in an
// instruction of its own or by another function of the host.
func stoppedByAccount(t *engine.Trap) bool {
	if t.Cause == nil || len(t.Frames) == 0 {
		return false
	}
	inner := t.Frames[0].Label
	return inner == limits.HostModule+".checkpoint" ||
		t.Cause.Code == fault.Interrupted && strings.HasPrefix(inner, heap.HostModule+".")
}

// startTimer has blocking functions of the host end at the deadline of s.
func (s *Store) startTimer() {
	deadline, ok := s.account.Start()
	if !ok || s.timer != nil {
		return
	}
	s.timer = time.AfterFunc(time.Until(deadline), func() { s.guest.Interrupt(limits.Interrupted()) })
}

// StartError is the failure of a module's start function. WasmEdge prints the
// statistics of the call between the lines of Call and that of Node.
type StartError struct {
	Call   *fault.Error // what has happened in the function
	Node   string       // the information line of where that was
	Frames []Frame      // the calls that were under way, innermost first; only of a trap
}

// Error is the fault and the place, in one line.
func (e *StartError) Error() string { return e.Unwrap().Error() }

// Unwrap is the fault with all its lines.
func (e *StartError) Unwrap() error {
	f := *e.Call
	f.Info = append(f.Info[:len(f.Info):len(f.Info)], e.Node)
	return &f
}
