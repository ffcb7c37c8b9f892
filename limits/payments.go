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
	work  int64 // of the functions called so far, in instructions that nobody pays for

	// entered says that the function has paid for being entered, whichever way
	// control has come. It does so late, in front of a call or a loop, since an
	// activation without either ends soon.
	entered bool
}

// framePayments is what a [frame] remembers of [payments].
type framePayments struct {
	before bool // entered when it was opened
	after  bool // and at all branches to its label
}

func (s *scanner) payments() framePayments {
	if s.pay == nil {
		return framePayments{}
	}
	return framePayments{before: s.pay.entered, after: true}
}

// setPayments goes back to where f was opened.
func (s *scanner) setPayments(f *frame) {
	if s.pay != nil {
		s.pay.entered = f.paid.before
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
		f.paid.after = f.paid.after && s.pay.entered
	}
}

// joinPaid follows the end of f, where branches to its label arrive.
func (s *scanner) joinPaid(f *frame) {
	if s.pay == nil {
		return
	}
	s.pay.entered = (s.dead || s.pay.entered) && f.paid.after
	if f.op == wasm.OpIf && !f.elsed {
		s.pay.entered = s.pay.entered && f.paid.before
	}
}

// ticksOf guesses the number of instructions in so many bytes of code.
func ticksOf(bytes int) int64 { return int64(bytes)/2 + 1 }
