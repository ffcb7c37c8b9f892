package pipeline

import (
	"fmt"
	"time"

	"github.com/wazedge/wazedge/internal/estimate"
	"github.com/wazedge/wazedge/internal/wasm"
)

// perHelper is what compiling a helper module takes.
const perHelper = 300 * time.Microsecond

// Slow reports whether compiling r takes out of all
// proportion to its size, so that it is better interpreted. Large modules are given
// more patience: their code is kept.
func (r *Result) Slow() (estimate.Time, bool) {
	t := estimate.Module(r.Module)
	t.Excess += time.Duration(len(r.Helpers)) * perHelper
	return t, disproportionate(t)
}

// disproportionate reports whether t is.
func disproportionate(t estimate.Time) bool {
	return t.Excess > 600*time.Millisecond+t.Linear*6/10+2*max(0, t.Linear-time.Second)
}

// TakesLong is [Result.Slow] for a part of a module.
func TakesLong(m *wasm.Module) bool { return disproportionate(estimate.Module(m)) }

// Hopeless is why compiling r ahead of its runs is not even begun, for whom it may take
// long; empty where it is.
func (r *Result) Hopeless() string {
	t, slow := r.Slow()
	if !slow || t.Excess < max(30*time.Second, 10*t.Linear) {
		return ""
	}
	return fmt.Sprintf("compiling it would take about %s; it is interpreted", (t.Linear + t.Excess).Round(time.Second))
}
