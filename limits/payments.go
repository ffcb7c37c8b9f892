package limits

import (
	"math"

	"github.com/wazedge/wazedge/internal/wasm"
)

// payments is the part of a [scanner] that finds out who has to look whether a
// counter has run out: every way round a loop, and one function of every recursion
// when it is entered.
type payments struct {
	graph *callGraph
	work  int64 // instructions that nobody has paid for, on the way here that has most

	// entered says that the function has paid for being entered, whichever way
	// control has come. It does so late, in front of a call or a loop, since an
	// activation without either ends soon.
	entered bool
}

// framePayments is what a [frame] remembers of [payments].
type framePayments struct {
	entered, left   bool  // entered, when it was opened; and at all branches to its label
	work, mostAfter int64 // work likewise, and the most
}

func (s *scanner) payments() framePayments {
	if s.pay == nil {
		return framePayments{}
	}
	return framePayments{entered: s.pay.entered, left: true, work: s.pay.work}
}

// setPayments goes back to where f was opened.
func (s *scanner) setPayments(f *frame) {
	if s.pay != nil {
		s.pay.entered, s.pay.work = f.paid.entered, f.paid.work
	}
}

// enter begins the function fn.
func (s *scanner) enter(fn int) {
	s.pay.work, s.pay.entered = 0, !s.pay.graph.pays[fn]
}

// payEntry has edge e, which ends in front of a loop or in a call, pay for the
// function if nobody has.
func (s *scanner) payEntry(e *edge) {
	if s.pay != nil && !s.pay.entered {
		e.entering, s.pay.entered = true, true
	}
}

// call follows a call.
func (s *scanner) call(in *wasm.Instr) {
	if s.pay != nil {
		s.pay.work = min(s.pay.work+s.pay.graph.unpaidBy(in), math.MaxInt32)
	}
}

// leavePaid follows a branch to the label of f, which is no loop.
func (s *scanner) leavePaid(f *frame) {
	if s.pay != nil {
		f.paid.left = f.paid.left && s.pay.entered
		f.paid.mostAfter = max(f.paid.mostAfter, s.pay.work)
	}
}

// joinPaid follows the end of f, where branches to its label arrive.
func (s *scanner) joinPaid(f *frame) {
	if s.pay == nil {
		return
	}
	if s.dead {
		s.pay.entered, s.pay.work = true, 0
	}
	s.pay.entered = s.pay.entered && f.paid.left
	s.pay.work = max(s.pay.work, f.paid.mostAfter)
	if f.op == wasm.OpIf && !f.elsed {
		s.pay.entered = s.pay.entered && f.paid.entered
		s.pay.work = max(s.pay.work, f.paid.work)
	}
}

// ticksFor is what is paid for so many instructions. It is too little by design:
// what can be run at most mostly is not, and a look is dearer than to be late by
// the time of some million instructions.
func ticksFor(work int64) int64 { return work/16 + 1 }

// ticksOf guesses the number of instructions in so many bytes of code.
func ticksOf(bytes int) int64 { return int64(bytes)/2 + 1 }
