package pipeline

import (
	"fmt"
	"math"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// DefaultTableElements bounds tables that the guest can make grow, each and all of them together, where nothing else does: the
// largest programs have some ten thousand functions to point to.
const DefaultTableElements = 10_000_000

// Bound is m, a valid module, with memories and tables as p bounds them, to be given to [Run]; grows says that code of m makes
// tables grow. log receives WasmEdge's remarks on the memories.
func Bound(m *wasm.Module, p *Plan, grows bool, log func(string)) (*wasm.Module, error) {
	if err := checkMemories(m); err != nil {
		return nil, err
	}
	m = limitMemories(m, p.MemoryPages, log)
	if err := checkSizes(m); err != nil {
		return nil, err
	}
	return limitTables(m, p.TableElements, grows)
}

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

// limitTables is m with no table of more than limit elements. A table that has more at the start is an error. limit 0 stands for
// DefaultTableElements, for tables that have fewer at the start, where grows says that code of m makes tables grow.
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

// TableBytes is what the tables that m defines take at the beginning. Tables that are
// objects are taken for nothing else, and count twice.
func TableBytes(m *wasm.Module) (n uint64) {
	const reference = 8
	for i := range m.Tables {
		elements := m.Tables[i].Type.Limits.Min
		if elements > (math.MaxUint64-n)/reference {
			return math.MaxUint64
		}
		n += elements * reference
	}
	return n
}

// maxMemories is how many memories a module may define. WasmEdge reserves so much for each that it has address space for hardly
// more; here every one takes mappings, of which a process has some ten thousands.
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

// checkSizes is the error of a module of which a memory or a table begins larger than the engine can have any.
func checkSizes(m *wasm.Module) *fault.Error {
	for i := range m.Memories {
		if n := m.Memories[i].Limits.Min; n > engine.MaxPages {
			return tooLarge("memory", n, "pages", engine.MaxPages)
		}
	}
	for i := range m.Tables {
		if n := m.Tables[i].Type.Limits.Min; n > engine.MaxTable {
			return tooLarge("table", n, "elements", engine.MaxTable)
		}
	}
	return nil
}

// tooLarge is the error of a memory or table with n units, where at most so many can be had.
func tooLarge(what string, n uint64, units string, most uint64) *fault.Error {
	return fault.New(fault.RuntimeError, fmt.Sprintf("A %s of %d %s is beyond the limit of %d.", what, n, units, most),
		fault.ASTNode(what+" section"), fault.ASTNode("module"))
}
