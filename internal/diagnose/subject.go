// Package diagnose finds out where a guest has trapped, what the instruction was
// working on, and what state the guest was in. Compiled code keeps none of that, so most
// of it is found after the trap.
package diagnose

import (
	"context"
	"time"

	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/machine"
	"github.com/wazedge/wazedge/internal/pipeline"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
)

// Subject is an instance as its traps are looked into.
type Subject struct {
	Label      string           // of its module, in the frames of traps
	File       string           // that its module was read from; empty without one
	Module     *wasm.Module     // within the bounds of its memories and tables
	CodeOffset int64            // of the contents of the code section in the file
	Types      *wasm.TypeSpace  // of Module
	Uses       wasm.Features    // the proposals that it was lowered for
	Plan       *pipeline.Plan   // what its code was made by
	Engine     *engine.Instance // nil where the engine has dropped it
	Account    *limits.Account
	Imports    []*Subject // what its imports come from, less host modules

	// Rewrite makes anew, and traced, what passes have made of Module for the engine;
	// nil when the engine was given the file as it was.
	Rewrite func() (*wasm.Module, error)

	// Call calls an export of the engine's instance.
	Call func(ctx context.Context, name string, stack []uint64) error

	// History is what a second run has to repeat, which Again begins: under the same
	// bounds of memory but with nobody to log to, with the answers of the host that the
	// first run was given, and for no longer than limit. Both may be nil.
	History *History
	Again   func(limit time.Duration) Again
}

// Again is a store in which a guest is run once more.
type Again interface {
	// Offers reports whether the host offers the module name. What it offers answers as
	// it did in the first run, or fails.
	Offers(name string) bool

	// Instantiate makes an instance of m, which makes use of the proposals uses, and lets
	// later ones import from it under name, unless that is empty.
	Instantiate(ctx context.Context, name string, m *wasm.Module, uses wasm.Features) (*Subject, error)

	Close(ctx context.Context)
}

// call is a call of an exported function that an instance has had.
type call struct {
	name string
	args []value.Value
}

// History is what an instance would have to repeat: the calls it has had.
type History struct {
	Fallen *engine.Trap // that ended the latest call which trapped; nil for none

	calls []call
	spent time.Duration
	lost  bool // it cannot be repeated
}

// Add notes a call that is about to be made.
func (h *History) Add(name string, args []value.Value) {
	if h.lost || len(h.calls) == replayCalls {
		h.lost, h.calls = true, nil
		return
	}
	for _, a := range args {
		h.lost = h.lost || a.Kind.IsRef() && !a.Null
	}
	h.calls = append(h.calls, call{name, args})
}

// Lose says that what has happened cannot be repeated.
func (h *History) Lose() { h.lost, h.calls = true, nil }

// Spend notes how long the call has taken.
func (h *History) Spend(d time.Duration) { h.spent += d }

// worked is how long the calls have taken the processor, at most: on a busy machine, and while a guest
// sleeps, time passes without anything that a second run would have to do.
func (h *History) worked() time.Duration {
	if cpu := machine.CPU(); cpu > 0 {
		return min(h.spent, cpu)
	}
	return h.spent
}
