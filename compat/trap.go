package compat

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/internal/diagnose"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
)

// Frame is a call that was under way when a guest trapped.
type Frame = diagnose.Frame

// ErrNoTrap is the error of a core dump for what was not a trap.
var ErrNoTrap = errors.New("the guest did not trap")

// WriteCoreDump writes the state of the active instance, or of the one whose start
// function has failed, after a trap with the calls that were under way: memory 0
// without its empty pages, globals, and those calls. Values of locals and operands
// are not known, nor is what a start function has changed, where the engine drops
// the instance that it traps in. With gdb, frames have the shape that wasm-gdb
// reads.
func (vm *VM) WriteCoreDump(w io.Writer, frames []Frame, gdb bool) error {
	i := vm.active
	if i == nil {
		i = vm.failed
	}
	if i == nil || len(frames) == 0 {
		return ErrNoTrap
	}
	return i.subject().WriteCoreDump(w, frames, gdb)
}

// trap is what there is to tell of the trap t of i, in the function entry.
func (i *Instance) trap(ctx context.Context, t *engine.Trap, entry uint32) diagnose.Report {
	i.restore()
	return i.subject().Trap(ctx, t, entry)
}

// subject is i as its traps are looked into.
func (i *Instance) subject() *diagnose.Subject {
	return i.subjectAmong(map[*Instance]*diagnose.Subject{})
}

// subjectAmong is i as its traps are looked into, one for each instance in all.
func (i *Instance) subjectAmong(all map[*Instance]*diagnose.Subject) *diagnose.Subject {
	if s := all[i]; s != nil {
		return s
	}
	s := &diagnose.Subject{
		Label: i.owner.prepared.Label, Module: i.module, CodeOffset: i.codeOffset, Types: i.types(), Uses: i.code.uses,
		Plan: i.plan(), Engine: i.engine, Account: i.store.account, Rewrite: i.rewrite, Call: i.call,
		History: &i.history, Again: i.again,
	}
	all[i] = s
	for _, from := range i.imports {
		s.Imports = append(s.Imports, from.subjectAmong(all))
	}
	return s
}

// again is a store to run i again.
func (i *Instance) again(limit time.Duration) diagnose.Again {
	before, features := i.store.runtime.config, i.plan().Features
	r := NewRuntime(Config{
		Features: &features, Interpreter: i.code.way == prepare.Interpret,
		StressHeap: before.StressHeap, Alone: before.Alone, Workers: 1, Recompile: true, Limits: limits.Config{
			TimeLimit: limit, MemoryPages: before.Limits.MemoryPages, MaxHeap: before.Limits.MaxHeap,
		},
	})
	s := r.newStore(&r.config)
	s.second = true
	s.open()
	var journal *abi.Journal
	if i.guest != nil {
		journal = i.guest.Journal()
	}
	s.guest.Replay(journal)
	return again{s}
}

// again is a store in which a guest is run once more.
type again struct{ store *Store }

func (a again) Offers(name string) bool { return a.store.host(name) != nil }

func (a again) Instantiate(ctx context.Context, name string, m *wasm.Module, uses wasm.Features) (*diagnose.Subject, error) {
	s := a.store
	s.instances++
	wanted := map[string][]*wasm.Import{}
	for n := range m.Imports {
		if im := &m.Imports[n]; s.host(im.Module) != nil {
			wanted[im.Module] = append(wanted[im.Module], im)
		}
	}
	i := s.describe(s.runtime.module(s.runtime.options.Made(m, s.space(m), uses)))
	if err := s.start(ctx, i, m, wanted, false); err != nil {
		return nil, err
	}
	if name != "" {
		s.Link(name, i)
	}
	return i.subject(), nil
}

func (a again) Close(ctx context.Context) {
	// Nothing is left to be done about errors: the engine is dropped anyway.
	_ = a.store.Close(ctx)
	_ = a.store.runtime.Close(ctx)
}
