package spectest

import (
	"context"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/first"
	"github.com/wazedge/wazedge/internal/journal"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
	"github.com/wazedge/wazedge/limits"
)

// TestScriptsBegunFirst states that modules which begin without being compiled do what scripts ask
// of them: the interpreter makes the first call, if it is short, and code that is compiled function
// by function makes it otherwise and makes all others.
func TestScriptsBegunFirst(t *testing.T) {
	list, _ := scripts(t)
	var read, begun, asserted atomic.Int64
	t.Run("run", func(t *testing.T) {
		for n, s := range list {
			t.Run(key(s), func(t *testing.T) {
				t.Parallel()
				src, err := os.ReadFile(s.Path())
				if err != nil {
					t.Fatal(err)
				}
				script, err := wat.ParseScript(src)
				if err != nil {
					t.Fatal(err)
				}
				read.Add(1)
				var r *runner
				for i := range script.Commands {
					c := &script.Commands[i]
					switch c.Kind {
					case wat.CmdModule:
						r = beginning(t, s.Suite, c.Module, n, &begun)
						continue
					case wat.AssertReturn, wat.AssertTrap, wat.AssertExhaustion, wat.CmdAction:
					default:
						continue
					}
					if r == nil || c.Action == nil || c.Action.Module != "" {
						continue
					}
					asserted.Add(1)
					if err := r.command(t.Context(), c); err != nil {
						t.Errorf("%s: %s: %v", place(s, c.Line), c.Kind, err)
					}
				}
			})
		}
	})
	t.Logf("%d modules have begun, %d assertions", begun.Load(), asserted.Load())
	if read.Load() > 0 && (begun.Load() == 0 || asserted.Load() == 0) { // -run may have chosen none
		t.Errorf("%d modules have begun, %d assertions; the scripts have both", begun.Load(), asserted.Load())
	}
}

// beginning is a runner for src with nothing else that begins without being compiled, or nil if
// that cannot be. What it does about the first call, and what is counted and bounded, depends on n.
func beginning(t *testing.T, s *Suite, src *wat.ModuleSource, n int, count *atomic.Int64) *runner {
	t.Helper()
	r := &runner{suite: s, instances: map[string]*instance{}, definitions: map[string]*wat.ModuleSource{}}
	if b, err := r.bytes(src); err != nil {
		return nil
	} else if m, err := wasm.Decode(b, s.Features); err != nil || len(m.Imports) > 0 {
		return nil
	}
	features, begun := s.Features, false
	short := time.Millisecond
	if n%2 == 0 {
		short = 100 * time.Microsecond
	}
	begin := first.Beginning{
		Patience: func(int) (after, most time.Duration) { return short, 1 }, // who is not done by then is not to be the one
		Journal:  journal.Bounds{Calls: 100, Bytes: 1 << 16}, Begun: func(bool) { begun = true },
	}
	gas := uint64(1 << 40)
	bounds := []limits.Config{{}, {Instructions: true, TimeLimit: time.Hour}, {GasLimit: &gas, Costs: limits.UnitCosts()}}[n/2%3]
	r.vm = compat.New(compat.Config{Features: &features, Workers: 1, Alone: true, Uninterruptible: true, Begin: &begin, Limits: bounds})
	if err := r.module(t.Context(), src, ""); err != nil || !begun {
		r.vm.Close(context.Background())
		return nil // what does not begin so is the business of TestScripts
	}
	t.Cleanup(func() {
		if err := r.vm.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	count.Add(1)
	return r
}
