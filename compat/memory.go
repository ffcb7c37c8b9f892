package compat

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/machine"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/wasm"
)

// limitMemories is m with no memory larger at the start than the limit of pages,
// as WasmEdge makes them; log receives its remarks on each memory.
func limitMemories(m *wasm.Module, limit *uint32, log func(string)) *wasm.Module {
	if limit == nil {
		return m
	}
	pages := uint64(*limit)
	out := m
	for n, t := range m.Memories {
		if pages > engine.MaxPages && !t.Limits.Addr64 {
			log(fmt.Sprintf("Memory Instance: Limited %d page larger than the 32-bit page upper bound %d.", pages, engine.MaxPages))
		}
		if t.Limits.Min <= pages {
			continue
		}
		log(fmt.Sprintf("Memory Instance: Limited %d page in configuration.", pages))
		if out == m {
			limited := *m
			limited.Memories = append([]wasm.MemoryType(nil), m.Memories...)
			out = &limited
		}
		out.Memories[n].Limits.Min = pages
	}
	return out
}

// growRefused is what WasmEdge logs when a guest grows a memory beyond the limit.
func growRefused(pages uint32) string {
	return fmt.Sprintf("Memory Instance: Memory grow page failed, exceeded limited %d page size in configuration.", pages)
}

// maxMemory is the bound of what all instances take together, in bytes.
func (c *Config) maxMemory() uint64 {
	if c.MaxMemory > 0 {
		return c.MaxMemory
	}
	if n := machine.Memory(); n > 0 {
		return n / 4 * 3
	}
	return math.MaxUint64
}

// errNoTables is the error of a module whose tables do not fit the bound of memory.
func errNoTables() *fault.Error {
	return fault.New(fault.RuntimeError, "The tables need more memory than there may be.", fault.ASTNode("table section"), fault.ASTNode("module"))
}

// errNoMemory is the error of a module whose linear memories do not fit the bound of
// memory, or for which the system has no room.
func errNoMemory() *fault.Error {
	return fault.New(fault.RuntimeError, "Memory Instance: Unable to find usable memory address.", fault.ASTNode("memory section"), fault.ASTNode("module"))
}

// DefaultTableElements bounds tables that the guest can make grow, each and all of
// them together, where nothing else does: the largest programs have some ten thousand
// functions to point to.
const DefaultTableElements = 10_000_000

// bound is m, the checked module, with memories and tables as p bounds them; log
// receives WasmEdge's remarks.
func (vm *VM) bound(p *prepare.Plan, m *wasm.Module, log func(string)) (*wasm.Module, error) {
	if err := checkMemories(m); err != nil {
		return nil, err
	}
	m = limitMemories(m, p.MemoryPages, log)
	if err := checkSizes(m); err != nil {
		return nil, err
	}
	return limitTables(m, p.TableElements, vm.checked.Ops.Has(wasm.OpTableGrow))
}

// limitTables is m with no table of more than limit elements. A table that has more
// at the start is an error. limit 0 stands for DefaultTableElements, for tables
// that have fewer at the start, where grows says that code of m makes tables grow.
func limitTables(m *wasm.Module, limit uint32, grows bool) (*wasm.Module, error) {
	if limit == 0 && !grows {
		return m, nil
	}
	most := uint64(limit)
	if limit == 0 {
		most = DefaultTableElements
	}
	out := *m
	out.Tables = append([]wasm.Table(nil), m.Tables...)
	for n := range out.Tables {
		l := &out.Tables[n].Type.Limits
		switch {
		case l.Min > most && limit == 0:
			continue
		case l.Min > most:
			return nil, tooLarge("table", l.Min, "elements", most)
		}
		if !l.HasMax || l.Max > most {
			l.Max, l.HasMax = most, true
		}
	}
	return &out, nil
}

// maxMemories is how many memories a module may define. WasmEdge reserves so much
// for each that it has address space for hardly more; here every one takes mappings,
// of which a process has some ten thousands.
const maxMemories = 10_000

// ResourceError says that a valid module asks for more than there is.
type ResourceError struct {
	What      string
	Got, Most int
}

func (e *ResourceError) Error() string {
	return fmt.Sprintf("the module defines %d %s: there is room for %d", e.Got, e.What, e.Most)
}

// checkMemories refuses a module with too many memories.
func checkMemories(m *wasm.Module) error {
	if n := len(m.Memories); n > maxMemories {
		return &ResourceError{"memories", n, maxMemories}
	}
	return nil
}

// takeTables takes what the tables that m defines begin with from the budget, and
// reports whether there was as much. Tables that are objects are taken for nothing
// else, and count twice.
func (vm *VM) takeTables(m *wasm.Module) bool {
	const reference = 8 // bytes
	for i := range m.Tables {
		if l := &m.Tables[i].Type.Limits; l.Min > math.MaxUint64/reference || !vm.budget.Take(l.Min*reference) {
			return false
		}
	}
	return true
}

// noMemory is err, or what it means when there was no memory.
func noMemory(err error) error {
	if errors.Is(err, engine.ErrNoMemory) {
		return errNoMemory()
	}
	return err
}

// services makes the instance behind lower.ServiceModule when it is first asked for.
func (vm *VM) services(ctx context.Context) func() *engine.Instance {
	return func() *engine.Instance {
		if vm.service == nil {
			// Without it, instantiation fails.
			vm.service, _ = vm.runtime.InstantiateServices(ctx, waiting{vm})
		}
		return vm.service
	}
}

// waiting is what a thread that waits has to know of its guest's account.
type waiting struct{ vm *VM }

func (w waiting) Pause() error {
	if w.vm.second {
		return errReplay
	}
	return w.vm.pause()
}

func (w waiting) Interrupted() <-chan struct{} {
	if w.vm.second {
		ended := make(chan struct{})
		close(ended)
		return ended
	}
	return w.vm.account.Interrupted()
}

func (w waiting) Deadline() (time.Time, bool) { return w.vm.account.Deadline() }
