package limits

import (
	"math"

	"github.com/wazedge/wazedge/internal/wasm"
)

// payments is the part of a [scanner] that finds out who has to look whether a
// counter has run out: often enough, but not more. It is enough that one function
// of every recursion does when it is entered, and that loops do once per
// iteration; a way round a loop that calls such a function need not.
type payments struct {
	graph *callGraph

	// paid is how many of the open loops, from the outside in, have had such a call
	// since their iteration began, whichever way control has come.
	paid int
	work int64 // of the functions called so far that do not pay, in instructions

	// entered says that the function has paid for being entered, whichever way
	// control has come. It does so late, in front of a call or a loop, since an
	// activation without either ends soon.
	entered bool
}

// framePayments is what a [frame] remembers of [payments].
type framePayments struct {
	before, after   int  // paid when it was opened, and the least of the branches to its label
	entered, joined bool // likewise for entered
}

func (s *scanner) payments() framePayments {
	if s.pay == nil {
		return framePayments{}
	}
	return framePayments{before: s.pay.paid, after: s.depth, entered: s.pay.entered, joined: true}
}

// setPayments goes back to where f was opened.
func (s *scanner) setPayments(f *frame) {
	if s.pay != nil {
		s.pay.paid, s.pay.entered = f.paid.before, f.paid.entered
	}
}

// enter begins the function fn.
func (s *scanner) enter(fn int) {
	s.pay.paid, s.pay.work = 0, 0
	s.pay.entered = !s.pay.graph.pays[fn]
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
	if s.pay == nil {
		return
	}
	pays, work := s.pay.graph.call(in)
	if pays {
		s.pay.paid = s.depth
	}
	s.pay.work = min(s.pay.work+work, math.MaxInt32)
}

// owes reports whether a branch to the loop f has to pay for the iteration.
func (s *scanner) owes(f *frame) bool { return s.pay != nil && s.pay.paid <= f.depth }

// leavePaid follows a branch to the label of f, which is no loop.
func (s *scanner) leavePaid(f *frame) {
	if s.pay != nil {
		f.paid.after = min(f.paid.after, s.pay.paid)
		f.paid.joined = f.paid.joined && s.pay.entered
	}
}

// joinPaid follows the end of f, where branches to its label arrive.
func (s *scanner) joinPaid(f *frame) {
	if s.pay == nil {
		return
	}
	if s.dead {
		s.pay.paid, s.pay.entered = s.depth, true
	}
	s.pay.paid = min(s.pay.paid, f.paid.after)
	s.pay.entered = s.pay.entered && f.paid.joined
	if f.op == wasm.OpIf && !f.elsed {
		s.pay.paid = min(s.pay.paid, f.paid.before)
		s.pay.entered = s.pay.entered && f.paid.entered
	}
}

// ticksOf guesses the number of instructions in so many bytes of code.
func ticksOf(bytes int) int64 { return int64(bytes)/2 + 1 }
