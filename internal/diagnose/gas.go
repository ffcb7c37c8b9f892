package diagnose

import (
	"sort"
	"strings"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/heap"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
)

// settle brings the account up to date with a trap, and returns the fault when
// the limit of gas is what has ended the guest, and whether it tells the calling
// stack. The places are those of t's frames.
func (s *Subject) settle(t *engine.Trap, ps []place) (f *fault.Error, stack bool) {
	if !s.Plan.MeteringOf(s.Module).Active() {
		return nil, false
	}
	known := len(ps) > 0 && ps[0].in == s
	if t.Code == fault.CostLimitExceeded {
		if len(t.Frames) == 0 {
			return s.refused(limits.Refusal{Offset: -1}), false // settled by its end
		}
		var r limits.Refusal
		l, err := s.locator()
		if err == nil && known {
			r, err = s.Account.Exceeded(l, int(ps[0].function-s.Module.ImportedCount(wasm.ExternFunc)))
		}
		if err != nil || !known {
			r = s.Account.RefuseSomewhere()
		}
		return s.refused(r), r.Skipped
	}
	if !known || !ps[0].known || stoppedByAccount(t) {
		return nil, false
	}
	l, err := s.locator()
	if err != nil {
		return nil, false
	}
	if r, err := s.Account.Trapped(l, ps[0].instr.Offset); err == nil && r != nil {
		return s.refused(*r), r.Skipped
	}
	return nil, false
}

func (s *Subject) locator() (*limits.Locator, error) {
	return limits.NewLocator(s.Module, s.Plan.MeteringOf(s.Module))
}

// refused is the fault of an instruction that the limit of gas did not allow.
func (s *Subject) refused(r limits.Refusal) *fault.Error {
	f := &fault.Error{Code: fault.CostLimitExceeded, Offset: r.Offset, Line: limits.ExceededLine}
	if in, ok := s.instruction(r.Offset); ok {
		f.With(inInstruction(&in))
	}
	return f
}

// instruction is the one at offset of the file, if there is one.
func (s *Subject) instruction(offset int64) (wasm.Instr, bool) {
	bodies := s.Module.Bodies
	n := sort.Search(len(bodies), func(n int) bool { return bodies[n].Offset > offset }) - 1
	if n < 0 {
		return wasm.Instr{}, false
	}
	var p place
	s.read(&p, &bodies[n], offset)
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
