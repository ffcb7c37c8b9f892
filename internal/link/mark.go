package link

import (
	"errors"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/wasm"
)

// Why a store is not taken back to what it was.
var (
	errNoMark = errors.New("the state of what is in the store cannot be taken over: it has objects, threads, plug-ins, a profile, a record, or other instances than when it was marked")
	errBusy   = errors.New("the store is in use, or closed")
)

// mark is what a store was.
type mark struct {
	engine    *engine.Mark
	instances int // that there were
}

// imported is what an instance imports from a module of the host's.
type imported struct {
	host  Host
	list  []*wasm.Import
	types []wasm.SubType
}

// Mark notes what the instances of s have now: memories, globals, tables, segments. [Store.Reset]
// takes them back to it as often as one likes, in microseconds, so that one store serves one
// request after the other, of which none sees anything of those before:
//
//	instantiate, call _initialize if there is one
//	s.Mark()
//	for each request: call; s.Reset()
//
// Mark is called once, and nothing is under way. The memories then map an image, which stores with instances of the
// same code share. The error is why that cannot be done: then each request takes a store of its own.
func (s *Store) Mark() error {
	if s.engine == nil || s.mark != nil || s.first.heap != nil || s.threads != nil || s.Profile != nil || s.config.Record != nil || s.config.Replay != nil {
		return errNoMark
	}
	for _, i := range s.first.all {
		if i.plugin != nil || i.holder != nil {
			return errNoMark
		}
	}
	if idle, closed := s.use.Idle(); !idle || closed {
		return errBusy
	}
	m, err := s.engine.Mark()
	s.mark = &mark{m, len(s.first.all)}
	return err
}

// Reset takes the instances of s back to [Store.Mark], whatever has become of them since: traps, exits, growth. The account
// begins anew, with all of its limits. What functions of the host work on is their owner's, who makes it anew and then calls
// [Store.Reimport]. Traps do not tell operands any more. Nothing is under way. After an error the store is to be closed.
func (s *Store) Reset() error {
	m := s.mark
	if m == nil || m.engine == nil || len(s.first.all) != m.instances || s.threads != nil || s.first.heap != nil {
		return errNoMark
	}
	s.timer.Stop()
	s.timer = nil
	if !s.use.Renew(func() { s.Account.Renew(s.config.Limits); s.Guest.Renew() }) {
		return errBusy
	}
	if err := m.engine.Restore(); err != nil {
		return err
	}
	for _, i := range s.first.all {
		i.guest = nil
		i.history.Lose()
		if i.metering().Active() {
			i.join(nil)
		}
	}
	s.first.calls, s.first.watched = 0, nil
	return nil
}

// Reimport tells the modules of the host what the instances of s import from them: what their
// functions work on has been made anew.
func (s *Store) Reimport() {
	if s.reached != len(s.first.all) {
		s.imported = s.imported[:0]
		for _, i := range s.first.all {
			if i.plugin != nil || i.holder != nil {
				continue // they have what they work on
			}
			for name, list := range s.wanted(i.Module) {
				s.imported = append(s.imported, imported{i.host(name), list, i.Module.Types})
			}
		}
		s.reached = len(s.first.all)
	}
	for _, i := range s.imported {
		i.host.Imported(s, i.list, i.types)
	}
}
