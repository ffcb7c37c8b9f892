package wasmedge

import (
	"math"
	"slices"
	"sync"
	"time"

	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
)

// Statistics is what guests have used of what a [Configure] says is to be known.
type Statistics struct {
	mu     sync.Mutex
	worlds []*world
	past   limits.Statistics // of those that are released
	table  *limits.Costs
	limit  *uint64
}

// NewStatistics is a Statistics of nothing used.
func NewStatistics() *Statistics { return &Statistics{} }

// attach has s be told of what is used in w, and returns the limit of costs; nil for none.
// s may be nil.
func (s *Statistics) attach(w *world) *uint64 {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.worlds = append(s.worlds, w)
	if s.limit == nil {
		return nil
	}
	limit := min(*s.limit, math.MaxInt64)
	return &limit
}

// detach has s keep what has been used in w, which is released. s may be nil.
func (s *Statistics) detach(w *world) {
	if s == nil {
		return
	}
	used := w.store.Statistics()
	s.mu.Lock()
	defer s.mu.Unlock()
	n := slices.Index(s.worlds, w)
	if n < 0 {
		return
	}
	s.worlds = slices.Delete(s.worlds, n, n+1)
	s.past.Count += used.Count
	s.past.GasCosts += used.GasCosts
	s.past.Wasm += used.Wasm
}

// limited reports whether there is a limit of costs.
func (s *Statistics) limited() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.limit != nil
}

// costs is the table of costs, or nil.
func (s *Statistics) costs() *limits.Costs {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.table
}

// withHosts is c (nil is 1 for every instruction) with what functions of the host's cost, if
// there are any that cost something.
func withHosts(c *limits.Costs, modules map[string]*Module) *limits.Costs {
	hosts := map[string]uint64{}
	for _, m := range modules {
		if m.host == nil {
			continue
		}
		for name, f := range m.host.functions {
			if f.cost > 0 {
				hosts[m.name+"."+name] = min(uint64(f.cost), limits.MaxCost)
			}
		}
	}
	if len(hosts) == 0 {
		return c
	}
	with := limits.UnitCosts()
	if c != nil {
		*with = *c
	}
	with.Host = hosts
	return with
}

// sum adds up what f takes of the statistics of all stores.
func (s *Statistics) sum(f func(limits.Statistics) uint64) (total uint64) {
	if s == nil {
		return 0
	}
	s.mu.Lock()
	worlds := slices.Clone(s.worlds)
	total = f(s.past)
	s.mu.Unlock()
	for _, w := range worlds {
		w.running.Lock()
		total += f(w.store.Statistics())
		w.running.Unlock()
	}
	return total
}

// GetInstrCount is the number of instructions.
func (s *Statistics) GetInstrCount() uint {
	return uint(s.sum(func(l limits.Statistics) uint64 { return l.Count }))
}

// GetInstrPerSecond is the number of instructions in a second of the guests' own time, which
// must be measured too.
func (s *Statistics) GetInstrPerSecond() float64 {
	spent := s.sum(func(l limits.Statistics) uint64 { return uint64(l.Wasm) })
	if spent == 0 {
		return 0
	}
	return float64(s.GetInstrCount()) / time.Duration(spent).Seconds()
}

// GetTotalCost is what has been used, by the table of costs.
func (s *Statistics) GetTotalCost() uint {
	return uint(s.sum(func(l limits.Statistics) uint64 { return l.GasCosts }))
}

// SetCostTable sets what instructions cost, by WasmEdge's numbers of them; those beyond the
// end cost nothing. It is for stores in which nothing has been instantiated yet.
func (s *Statistics) SetCostTable(table []uint64) {
	costs := &limits.Costs{}
	for n := range min(len(table), int(wasm.NumOps)) {
		costs.Instr[n] = min(table[n], limits.MaxCost)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.table = costs
}

// SetCostLimit bounds what may be used in each store in all, if costs are measured. The
// guest that would use more ends with an error.
func (s *Statistics) SetCostLimit(limit uint) {
	n := uint64(limit)
	s.mu.Lock()
	s.limit = &n
	worlds := slices.Clone(s.worlds)
	s.mu.Unlock()
	for _, w := range worlds {
		w.running.Lock()
		used := w.store.Statistics().GasCosts
		w.store.Allow(max(n, used) - used)
		w.running.Unlock()
	}
}

// Release lets go of what s knows.
func (s *Statistics) Release() {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.worlds, s.past = nil, limits.Statistics{}
}
