package abi

import (
	"errors"

	"github.com/tetratelabs/wazero/sys"

	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/journal"
)

// Journal is what another run of g can be answered from, or nil if that is not known: it
// has the beginning of the run only.
func (g *Guest) Journal() journal.Journal {
	switch {
	case g.again != nil:
		return g.again
	case g.journal != nil && g.journal.Memory() != nil:
		return g.journal.Memory()
	}
	return nil
}

// Replay has g, which has not called anything yet, get its answers from p, which answers
// from j. A call that p does not answer ends the guest.
func (g *Guest) Replay(p *journal.Player, j journal.Journal) {
	g.player, g.again, g.watched = p, j, true
}

// functions are those that a guest has called, as a journal has them.
type functions struct {
	list map[*Function]*known
	last *Function // and what it is, as guests call one function often
	is   *known
}

type known struct {
	journal.Function
	number uint64
}

// of is f, and whether it is new.
func (k *functions) of(f *Function) (*known, bool) {
	if f == k.last {
		return k.is, false
	}
	is := k.list[f]
	fresh := is == nil
	if fresh {
		if k.list == nil {
			k.list = map[*Function]*known{}
		}
		is = &known{Function: journal.Function{Module: f.Module, Name: f.Name, Params: f.Type.Params, Results: f.Type.Results}}
		k.list[f] = is
	}
	k.last, k.is = f, is
	return is, fresh
}

// note is a call of f of which g's journal is told.
func (g *Guest) note(f *Function, state any, c Caller, stack []uint64) error {
	w := g.journal
	is, fresh := g.known.of(f)
	if fresh {
		is.number = w.Function(&is.Function)
	}
	w.Begin(is.number, stack)
	c.w = w
	err := f.Invoke(state, c, stack)
	if cause := g.cause.Load(); cause != nil {
		err = *cause
	}
	if err != nil {
		w.End(nil, Ending(err))
	} else {
		w.End(stack[:len(f.Type.Results)], nil)
	}
	if w.Lost() {
		g.journal = nil
	}
	return err
}

// Ending is what err, which ends the guest, is in a journal.
func Ending(err error) *journal.Ending {
	if e, ok := errors.AsType[*sys.ExitError](err); ok {
		return &journal.Ending{Exit: true, Status: e.ExitCode()}
	}
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return &journal.Ending{Code: uint16(e.Code), Line: e.Line, Info: e.Info}
	}
	if c, ok := errors.AsType[fault.Code](err); ok {
		return &journal.Ending{Code: uint16(c)}
	}
	return &journal.Ending{Text: err.Error()}
}

// ended is the error that e was.
func ended(e *journal.Ending) error {
	switch {
	case e.Exit:
		return Exit(e.Status)
	case e.Code != 0:
		return &fault.Error{Code: fault.Code(e.Code), Offset: -1, Line: e.Line, Info: e.Info}
	}
	return errors.New(e.Text)
}

// play answers a call of f as it was answered before.
func (g *Guest) play(f *Function, c Caller, stack []uint64) error {
	is, _ := g.known.of(f)
	e, err := g.player.Answer(&is.Function, stack, c.Memory, stack)
	if err != nil {
		return err
	}
	if cause := g.cause.Load(); cause != nil {
		return *cause
	}
	if e != nil {
		return ended(e)
	}
	return nil
}

// Piece implements [journal.Guest].
func (m Memory) Piece(at, n uint32) ([]byte, bool) { return m.bytes(Ptr(at), Size(n)) }
