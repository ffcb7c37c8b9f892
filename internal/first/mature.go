package first

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/internal/diagnose"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/lower"
	"github.com/wazedge/wazedge/internal/ondemand"
	"github.com/wazedge/wazedge/internal/pipeline"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
)

// errNoSuccessor says that the second instance has not become the first one's successor.
var errNoSuccessor = errors.New("the second instance is of no use")

// mature is the second instance of a young one, compiled. One goroutine makes and calls it.
type mature struct {
	*workshop
	young   *Young
	hosts   map[string]*engine.Instance
	account *limits.Account
	core    *engine.Instance // nil before it is made
	seen    int              // how many of Young.called have been looked at
	ran     time.Duration    // that the present call has taken, without compiling
}

// grow begins the present call in a second instance, in another goroutine.
func (y *Young) grow(ctx context.Context, h *abi.Handover, name string, stack []uint64) *playing {
	// The caller's goroutine does not wait for a successor that is of no use, and goes on to change what it can.
	calls := y.calls // the present one is among them when the interpreter has ended it
	shared := &abi.Hosts{Guest: h.Successor(), States: y.guest.Shared.States, Owner: y.guest.Shared.Owner}
	return play(stack, func(stack []uint64) error {
		m, err := y.mature(ctx, h, shared)
		if err == nil && len(calls) > 0 {
			err = m.repeat(ctx, h, calls)
		}
		if err == nil {
			h.Begin()
			began := time.Now()
			m.ran = 0
			err = m.core.Call(ctx, name, stack)
			m.ran += time.Since(began)
			if h.Finish() {
				y.second = m
				return m.told(ctx, err)
			}
		}
		// What is of no use has nothing to say either.
		_ = m.close(ctx)
		return errNoSuccessor
	})
}

// repeat makes the calls that have ended.
func (m *mature) repeat(ctx context.Context, h *abi.Handover, calls []made) error {
	for _, c := range calls {
		if err := m.core.Call(ctx, c.name, slices.Clone(c.stack)); !final(err) {
			return err
		}
	}
	if !h.TakeOver() {
		return errNoSuccessor
	}
	return nil
}

// mature makes the second instance of y, whose calls go by h to what shared has. With an error, it
// is to be closed.
func (y *Young) mature(ctx context.Context, h *abi.Handover, shared *abi.Hosts) (*mature, error) {
	g := &y.guest
	m := &mature{young: y, workshop: newWorkshop(ctx, g, y.cutter), account: y.unused.Twin()}
	large, err := m.mine.Large()
	if err != nil {
		return m, err
	}
	if pipeline.TakesLong(large) && !y.exhausted() {
		return m, errNoSuccessor // it is interpreted, as if it were to be compiled first
	}
	together := y.begin.together(g)
	if !together {
		m.see(m.news())
		m.open()
	}
	done := make(chan struct{})
	defer close(done)
	go y.tire(m, h, done)
	if m.hosts, err = g.Hosts(ctx, m.engine, shared); err != nil {
		return m, err
	}
	code, err := m.piece(m.mine.Core(), inner)
	if err != nil {
		return m, err
	}
	store := g.Store(m.engine, shared, m.account)
	if m.core, err = m.engine.Instantiate(ctx, code, engine.Options{Store: store, Imports: m.host, Fill: m.mine.Fill, Guards: g.Guards && y.begin.Kept != nil}); err != nil {
		return m, err
	}
	if g.Metering.Active() {
		limits.ConnectNamed(m.account, limits.NamesFor(g.Module), m.core.Cell)
	}
	if err := m.connect(ctx); err != nil {
		return m, err
	}
	if together {
		m.makeAll(ctx)
	}
	for {
		if err := m.finish(ctx); err != nil {
			return m, err
		}
		if together {
			break
		}
		list := m.news()
		m.see(list)
		if m.sizeOf(list) < few {
			m.lookAhead()
			break
		}
	}
	// Of functions that are referred to, the whole would have others than there are.
	if y.begin.Kept != nil && !g.Checked.Ops.Has(wasm.OpRefFunc) {
		go m.takeWhole(ctx, h, together)
	}
	return m, nil
}

// tire has the interpreter wait, and m be made by whoever can, when it has had its time and m is
// not done.
func (y *Young) tire(m *mature, h *abi.Handover, done chan struct{}) {
	tick := time.NewTicker(y.after / 4)
	defer tick.Stop()
	for y.spent() < y.most {
		select {
		case <-done:
			return
		case <-tick.C:
		}
	}
	y.tired.Store(true)
	h.Pause()
	m.help()
}

// takeWhole has the code of the whole module be executed, once that is kept, from the next call
// of the host or of a function by the table on, or where it can be from the next call of any function on; and once more when there is optimized code, which
// is all that is of use with optimized.
func (m *mature) takeWhole(ctx context.Context, h *abi.Handover, optimized bool) {
	for more := true; more; {
		select {
		case _, more = <-m.young.begin.Kept:
		case <-m.over:
			return
		}
		added, better := m.addWhole(ctx, optimized)
		if added {
			if over := m.young.begin.Over; over != nil {
				over(better)
			}
			h.Next(func() {
				m.mu.Lock()
				defer m.mu.Unlock()
				// It was looked at whether the code fits.
				_ = m.setReady()
			})
		}
		more, optimized = more && !better, optimized || added
	}
}

// inner is what frames of code are called that is not the guest's.
const inner = "wazedge:inner"

// few is the size of bodies, in bytes, that are not worth waiting for.
const few = 16 << 10

// host is the instance of the host module name.
func (m *mature) host(name string) *engine.Instance { return m.hosts[name] }

// connect has the functions of the core ask for themselves until they are compiled.
func (m *mature) connect(ctx context.Context) error {
	cut := m.mine
	need, err := needed(ctx, m.engine, m.core, m.want)
	if err != nil {
		return err
	}
	stubs, stub := cut.Stubs()
	code, err := m.piece(stubs, inner)
	if err != nil {
		return err
	}
	from, err := m.engine.Instantiate(ctx, code, m.core.Beside(engine.Options{Imports: func(name string) *engine.Instance {
		if name == ondemand.HostModule {
			return need
		}
		return m.core
	}}))
	if err != nil {
		return err
	}
	kind := func(i int) int { return int(cut.Kind(uint32(i))) }
	if m.entries = m.core.Entries(from, code, cut.Functions(), kind, stub); m.entries == nil {
		return errNoSuccessor
	}
	all := m.core.Table(cut.Table())
	for i := range cut.Functions() {
		all[i] = m.entries.Element(i)
	}
	cut.Elements(func(x uint32, k uint64, entry int) {
		if m.core.Table(x)[k] = 0; entry >= 0 {
			m.core.Table(x)[k] = all[entry]
		}
	})
	return nil
}

// lowered is piece as the engine is to have it. Passes for what the processor needs work on
// one function at a time: they make of a piece what they would make of the module.
func lowered(piece *wasm.Module) (*wasm.Module, error) {
	steps, err := lower.Lower(piece, 0, false)
	if err != nil || len(steps) == 0 {
		return piece, err
	}
	return steps[len(steps)-1].Module, nil
}

// told is err, of a call, with the frames of a trap as they would be if the module were in one
// piece.
func (m *mature) told(ctx context.Context, err error) error {
	t, ok := errors.AsType[*engine.Trap](err)
	if !ok {
		return err
	}
	imported := int64(m.young.cut.Imported())
	var frames []engine.Frame
	late := map[string][]int{} // by their labels, frames that are of groups
	for _, f := range t.Frames {
		switch f.Label {
		case inner:
			continue
		case m.guest.Label + again:
			f.Label = m.guest.Label
		}
		if f.Label != m.guest.Label && m.groupOf(f.Label) != nil && f.Function >= imported {
			late[f.Label] = append(late[f.Label], len(frames))
		}
		frames = append(frames, f)
	}
	for label, at := range late {
		list := m.groupOf(label)
		was := make([]engine.Frame, len(at))
		for n, k := range at {
			was[n] = frames[k]
		}
		sources := m.sources(ctx, list, was)
		for n, k := range at {
			i := int64(list[was[n].Function-imported])
			frames[k] = engine.Frame{Label: m.guest.Label, Function: imported + i, Offset: -1, Return: -1, Source: sources[n]}
		}
	}
	t.Frames = frames
	return err
}

// sources are where the instructions are that frames of the group list stand at; 0 where that
// cannot be told.
func (m *mature) sources(ctx context.Context, list []uint32, frames []engine.Frame) []int64 {
	sources := make([]int64, len(frames))
	cut := m.cutter.cut()
	piece, err := cut.Group(list, true)
	if err == nil {
		piece, err = lowered(piece)
	}
	if err != nil {
		return sources
	}
	starts := diagnose.EncodedStarts(piece)
	for n, offset := range engine.Positions(ctx, wasm.Encode(piece), frames) {
		own := int(frames[n].Function - int64(cut.Imported()))
		if at := offset - starts[own]; offset >= 0 && at >= 0 {
			b := &piece.Bodies[own]
			sources[n] = max(0, b.Origin(b.Offset+at))
		}
	}
	return sources
}

// news are the functions that the interpreter has called since it was asked last.
func (m *mature) news() []uint32 {
	y := m.young
	y.mu.Lock()
	defer y.mu.Unlock()
	list := y.called[m.seen:]
	m.seen = len(y.called)
	return list
}

// want has function i compiled, which is called for the first time.
func (m *mature) want(ctx context.Context, i uint32) error {
	began := time.Now()
	defer func() { m.ran -= time.Since(began) }()
	return m.make(ctx, i)
}

// close frees what m has. Nothing is under way in it.
func (m *mature) close(ctx context.Context) error {
	return m.leave(ctx, func(ctx context.Context) error {
		if m.core == nil {
			return nil
		}
		return m.core.CloseStore(ctx)
	})
}
