package limits

import "github.com/wazedge/wazedge/internal/wasm"

// maxWork bounds the sums of work, such that none that a file is long enough for comes to it.
const maxWork = 1 << 60

// charges is the part of a [scanner] that finds out where a checkpoint has to be, for a
// counter that has run out: every way round a loop, and one function of every recursion
// when it is entered.
type charges struct {
	graph *callGraph
	work  int64 // instructions that nothing has charged, on the way here that has most

	// entered says that the function has charged for being entered, whichever way
	// control has come. It does so late, in front of a call or a loop, since an
	// activation without either ends soon.
	entered bool
}

// frameCharges is what a [frame] remembers of [charges].
type frameCharges struct {
	entered, left   bool  // entered, when it was opened; and at all branches to its label
	work, mostAfter int64 // work likewise, and the most
}

func (s *scanner) charges() frameCharges {
	if s.charge == nil {
		return frameCharges{}
	}
	return frameCharges{entered: s.charge.entered, left: true, work: s.charge.work}
}

// setCharges goes back to where f was opened.
func (s *scanner) setCharges(f *frame) {
	if s.charge != nil {
		s.charge.entered, s.charge.work = f.charged.entered, f.charged.work
	}
}

// enter begins the function fn.
func (s *scanner) enter(fn int) {
	s.charge.work, s.charge.entered = 0, !s.charge.graph.charges[fn]
}

// chargeEntry has edge e, which ends in front of a loop or in a call, charge for the
// function if nobody has.
func (s *scanner) chargeEntry(e *edge) {
	if s.charge != nil && !s.charge.entered {
		e.entering, s.charge.entered = true, true
	}
}

// call follows a call.
func (s *scanner) call(in *wasm.Instr) {
	if s.charge != nil {
		s.charge.work = min(s.charge.work+s.charge.graph.unchargedBy(in), maxWork)
	}
}

// leaveCharged follows a branch to the label of f, which is no loop.
func (s *scanner) leaveCharged(f *frame) {
	if s.charge != nil {
		f.charged.left = f.charged.left && s.charge.entered
		f.charged.mostAfter = max(f.charged.mostAfter, s.charge.work)
	}
}

// joinCharged follows the end of f, where branches to its label arrive.
func (s *scanner) joinCharged(f *frame) {
	if s.charge == nil {
		return
	}
	if s.dead {
		s.charge.entered, s.charge.work = true, 0
	}
	s.charge.entered = s.charge.entered && f.charged.left
	s.charge.work = max(s.charge.work, f.charged.mostAfter)
	if f.op == wasm.OpIf && !f.elsed {
		s.charge.entered = s.charge.entered && f.charged.entered
		s.charge.work = max(s.charge.work, f.charged.work)
	}
}

// ticksFor is what is charged for so many instructions. It is too little by design:
// what can be run at most mostly is not, and a checkpoint is dearer than to be late by
// the time of some million instructions.
func ticksFor(work int64) int64 { return work/16 + 1 }

// ticksOf guesses the number of instructions in so many bytes of code.
func ticksOf(bytes int) int64 { return int64(bytes)/2 + 1 }
