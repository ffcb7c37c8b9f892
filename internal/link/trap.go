package link

import (
	"context"
	"time"

	"github.com/wazedge/wazedge/internal/diagnose"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/journal"
	"github.com/wazedge/wazedge/internal/pipeline"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
)

// Trap is what there is to tell of the trap t of i, in the function entry.
func (i *Instance) Trap(ctx context.Context, t *engine.Trap, entry uint32) diagnose.Report {
	i.history.Fallen = t
	r := i.Subject().Trap(ctx, t, entry)
	if i.thread != i.store.first {
		i.thread.account.Join()
	}
	return r
}

// Subject is i as its traps are looked into.
func (i *Instance) Subject() *diagnose.Subject {
	return i.subjectAmong(map[*Instance]*diagnose.Subject{})
}

// subjectAmong is i as its traps are looked into, one for each instance in all.
func (i *Instance) subjectAmong(all map[*Instance]*diagnose.Subject) *diagnose.Subject {
	if s := all[i]; s != nil {
		return s
	}
	i.restore()
	s := &diagnose.Subject{
		Label: i.owner.Prepared.Label, File: i.owner.Prepared.Path, Module: i.Module, CodeOffset: i.codeOffset, Types: i.Types(), Uses: i.code.uses,
		Plan: i.Plan(), Engine: i.Engine, Account: i.thread.account, Rewrite: i.rewrite, Call: i.call,
		History: &i.history,
	}
	if i.store.config.Again != nil && !i.store.config.Second && !pipeline.Spawns(i.Module) {
		s.Again = i.again
	}
	all[i] = s
	for _, from := range i.imports {
		s.Imports = append(s.Imports, from.subjectAmong(all))
	}
	return s
}

// again is a store to run i once more, under the same bounds of memory. Should it go
// another way after all, it ends by limit.
func (i *Instance) again(limit time.Duration) diagnose.Again {
	before := &i.store.config.Limits
	s, done := i.store.config.Again(i.code.way == prepare.Interpret, limits.Config{
		TimeLimit: limit, MemoryPages: before.MemoryPages, TableElements: before.TableElements, MaxMemory: before.MaxMemory, MaxHeap: before.MaxHeap,
	})
	var from journal.Journal
	if i.guest != nil {
		from = i.guest.Journal()
	}
	if from == nil {
		from = journal.NewMemory()
	}
	s.Guest.Replay(journal.NewPlayer(from), from)
	return &again{s, done}
}

// again is a store in which a guest is run once more.
type again struct {
	store *Store
	done  func(context.Context)
}

func (a *again) Offers(name string) bool { return a.store.config.Host(name) != nil }

func (a *again) Instantiate(ctx context.Context, name string, m *wasm.Module, uses wasm.Features) (*diagnose.Subject, error) {
	s := a.store
	s.instances++
	i := s.describe(s.runtime.Module(s.runtime.Options.Made(m, s.space(m), uses)), company{guests: s.guests})
	if err := s.start(ctx, i, m, s.wanted(m), false); err != nil {
		return nil, err
	}
	if name != "" {
		s.Link(name, i)
	}
	return i.Subject(), nil
}

func (a *again) Close(ctx context.Context) { a.done(ctx) }
