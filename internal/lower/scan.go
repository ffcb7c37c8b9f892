package lower

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"

	"github.com/wazedge/wazedge/internal/wasm"
)

// scan is a pass that replaces instructions of a body, each by itself, once it has been shown all of them. What it
// leaves in their place is nothing that other scans look for, so that scans that stand behind each other in [Passes]
// share the readings of a body.
type scan interface {
	// begin turns to the module's own function i, of which runs are the locals that it declares. It says which
	// instructions are looked at, nil where there is nothing to replace.
	begin(i int, runs []wasm.LocalRun) *opSet
	// look is shown these instructions in turn.
	look(in *wasm.Instr)
	// end appends to at what is to be replaced. Unless again is nil, nothing has been told yet: these instructions
	// are to be shown in another reading.
	end(at []find) (_ []find, again *opSet)
	// replace writes to b what stands for in, or in front of it. It reports whether in itself goes.
	replace(b *body, in *wasm.Instr, how int32) bool
}

// find is an instruction to be replaced.
type find struct {
	offset int64 // in the file, or as if it were there
	how    int32 // for the scan
	scan   int   // whose it is
}

// opSet is a set of instructions. Those that are always the same are made by the linker, not at every start.
type opSet struct {
	all bool
	ops []wasm.Op // unless it is all
}

// allOps is everything.
var allOps = &opSet{all: true}

// scanned is m as scans, those that are not nil, leave it, and which of them have changed it.
func scanned(m *wasm.Module, scans []scan) (out *wasm.Module, changed []bool, err error) {
	s := scanner{m: m, scans: scans}
	out, changed = m, make([]bool, len(scans))
	if !slices.ContainsFunc(scans, func(s scan) bool { return s != nil }) {
		return m, changed, nil
	}
	for i := range m.Bodies {
		if err := s.body(i); err != nil {
			return nil, nil, s.in(i, err)
		}
		if len(s.found) == 0 {
			continue
		}
		if out == m {
			made := *m
			made.Bodies = slices.Clone(m.Bodies)
			out = &made
		}
		for _, p := range s.found {
			changed[p.scan] = true
		}
		if out.Bodies[i], err = rewriteBody(m, i, s.replacing); err != nil {
			return nil, nil, s.in(i, err)
		}
	}
	return out, changed, nil
}

// scannedBy is [scanned] for one scan.
func scannedBy(m *wasm.Module, s scan) (*wasm.Module, error) {
	out, _, err := scanned(m, []scan{s})
	return out, err
}

// scanner reads bodies for scans, of which there are few.
type scanner struct {
	m      *wasm.Module
	scans  []scan
	reader wasm.Reader
	runs   []wasm.LocalRun
	looks  []*opSet            // for each scan, what it is to be shown of the body at hand; nil for nothing
	shown  []*opSet            // what looks was when who was made
	who    [wasm.NumOps]uint16 // for each instruction, the scans that it is to be shown to, as bits
	found  []find
}

// in says where err happened.
func (s *scanner) in(i int, err error) error {
	return fmt.Errorf("function %d: %w", s.m.ImportedCount(wasm.ExternFunc)+uint32(i), err)
}

// body finds what is to be replaced in body i.
func (s *scanner) body(i int) (err error) {
	s.looks, s.found = s.looks[:0], s.found[:0]
	if s.runs, err = s.m.Bodies[i].Open(&s.reader, everything, s.runs[:0]); err != nil {
		return err
	}
	some := false
	for _, scan := range s.scans {
		var looks *opSet
		if scan != nil {
			looks = scan.begin(i, s.runs)
		}
		s.looks, some = append(s.looks, looks), some || looks != nil
	}
	for some {
		if err := s.read(); err != nil {
			return err
		}
		if some = s.end(); some {
			if s.runs, err = s.m.Bodies[i].Open(&s.reader, everything, s.runs[:0]); err != nil {
				return err
			}
		}
	}
	slices.SortFunc(s.found, func(a, b find) int { return cmp.Compare(a.offset, b.offset) })
	return nil
}

// read shows the scans what they look at.
func (s *scanner) read() error {
	if !slices.Equal(s.looks, s.shown) {
		s.shown = append(s.shown[:0], s.looks...)
		clear(s.who[:])
		for n, looks := range s.looks {
			switch {
			case looks == nil:
			case looks.all:
				for op := range s.who {
					s.who[op] |= 1 << n
				}
			default:
				for _, op := range looks.ops {
					s.who[op] |= 1 << n
				}
			}
		}
	}
	var in wasm.Instr
	for s.reader.More() {
		if err := s.reader.Next(&in); err != nil {
			return err
		}
		for who := s.who[in.Op]; who != 0; who &= who - 1 {
			s.scans[bits.TrailingZeros16(who)].look(&in)
		}
	}
	return nil
}

// end takes down what the scans have found, and reports whether one wants to be shown the body again.
func (s *scanner) end() (again bool) {
	for n, looks := range s.looks {
		if looks == nil {
			continue
		}
		before := len(s.found)
		s.found, s.looks[n] = s.scans[n].end(s.found)
		for k := range s.found[before:] {
			s.found[before+k].scan = n
		}
		again = again || s.looks[n] != nil
	}
	return again
}

// replacing rewrites the places that were found.
func (s *scanner) replacing(*body, wasm.Body) (rewriteFunc, error) {
	at := s.found
	return func(b *body, in *wasm.Instr) (bool, error) {
		if len(at) == 0 || in.Offset != at[0].offset {
			return false, nil
		}
		p := at[0]
		at = at[1:]
		return s.scans[p.scan].replace(b, in, p.how), nil
	}, nil
}

// listed is the part of a scan that finds instructions in the first reading, by themselves.
type listed struct{ found []find }

// note takes down that in is to be replaced.
func (l *listed) note(in *wasm.Instr, how int32) {
	l.found = append(l.found, find{offset: in.Offset, how: how})
}

func (l *listed) end(at []find) ([]find, *opSet) {
	at = append(at, l.found...)
	l.found = l.found[:0]
	return at, nil
}

// every is the part of a scan that replaces all instructions of ops, each in one way.
type every struct {
	listed
	ops *opSet
}

func (e *every) begin(int, []wasm.LocalRun) *opSet { return e.ops }

func (e *every) look(in *wasm.Instr) { e.note(in, 0) }
