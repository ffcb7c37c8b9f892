package diagnose

import (
	"context"
	"time"

	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/debuginfo"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/replay"
	"github.com/wazedge/wazedge/internal/wasm"
)

// maxStateFrames is how many frames are looked into.
const maxStateFrames = 64

// State is what functions of a guest were working on when it trapped.
type State struct {
	Operands []value.Value // of the instruction; those that are no numbers are invalid
	Frames   []FrameState  // the innermost first; fewer than there are places, where not all are wanted
}

// FrameState is that of one frame.
type FrameState struct {
	// Variables are those of the source, for each place of the frame; nil if nothing is known of any.
	Variables [][]debuginfo.Variable
	// Locals are those of the module: parameters and locals that are numbers.
	Locals []Local
}

// Told reports whether the value of a variable is told.
func (f *FrameState) Told() bool {
	for _, list := range f.Variables {
		for _, v := range list {
			if v.Value != "" {
				return true
			}
		}
	}
	return false
}

// Local is a local of a function.
type Local struct {
	Index uint32
	Name  string // empty without one
	Value value.Value
}

// Effort bounds what is made of another run of a guest.
type Effort struct {
	Ran  time.Duration // how long it has taken the processor at most
	Code int           // bytes of code that have to be compiled again
}

// fullEffort is more than which no second run is worth.
var fullEffort = Effort{replayTime, replayCode}

// State runs the guest once more, as [Subject.Trap] does to tell the operands of some traps, and
// tells what the n innermost frames were working on; nil if that cannot be told, or takes more
// than most.
func (t *Trapped) State(ctx context.Context, n int, most Effort) *State {
	s := t.subject
	if s.History.Fallen == nil || t.frames[0].Instance != 0 || limited(s.History.Fallen.Code) || s.unrepeatable(most) {
		return nil
	}
	ps := s.places(ctx, s.History.Fallen)
	if len(ps) == 0 || !ps[0].known || ps[0].in != s {
		return nil
	}
	frames := t.frames[:min(n, maxStateFrames, t.own())]
	imported := int(s.Module.ImportedCount(wasm.ExternFunc))
	points := make([]replay.Point, len(frames))
	for k, f := range frames {
		points[k] = replay.Point{Body: int(f.Function) - imported, Offset: f.Offset}
	}
	w := replay.InstrumentState(s.Module, points)
	r := &secondRun{subject: s, module: w.Module, uses: s.Uses, trap: s.History.Fallen, at: ps[0]}
	defer r.close(ctx)
	if r.run(ctx) != nil {
		return nil
	}
	state := &State{}
	for _, o := range w.Operands {
		state.Operands = append(state.Operands, r.told(o))
	}
	for k, f := range frames {
		state.Frames = append(state.Frames, r.frame(t.info, f, w.Locals[k]))
	}
	return state
}

// limited reports whether a limit has ended the guest, and nothing that it has done: a second run, which has
// other limits, does not come to that.
func limited(c fault.Code) bool { return c == fault.Interrupted || c == fault.CostLimitExceeded }

// frame is what there is to tell of f, whose locals have been recorded.
func (r *secondRun) frame(info *debuginfo.Info, f Frame, locals []replay.Recorded) FrameState {
	if locals == nil {
		return FrameState{}
	}
	names := info.Locals(f.Function)
	m := &values{memory: r.guest.Engine.Memory(), locals: make([]value.Value, len(locals))}
	var state FrameState
	for x, o := range locals {
		if o.Global == "" {
			continue
		}
		m.locals[x] = r.told(o)
		state.Locals = append(state.Locals, Local{uint32(x), names[uint32(x)], m.locals[x]})
	}
	state.Variables = info.Variables(f.Offset, m)
	return state
}

// values are what variables of the source are found in.
type values struct {
	memory []byte
	locals []value.Value
}

// Local implements [debuginfo.Machine].
func (m *values) Local(n uint64) (uint64, bool) {
	if n >= uint64(len(m.locals)) || !m.locals[n].Kind.Typed() {
		return 0, false
	}
	return m.locals[n].Lo, true
}

// Memory implements [debuginfo.Machine].
func (m *values) Memory(at, n uint64) ([]byte, bool) {
	if at > uint64(len(m.memory)) || n > uint64(len(m.memory))-at {
		return nil, false
	}
	return m.memory[at:][:n], true
}
