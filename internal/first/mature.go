package first

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/internal/diagnose"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/lower"
	"github.com/wazedge/wazedge/internal/ondemand"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/wasm"
)

// errNoSuccessor says that the second instance has not become the first one's successor.
var errNoSuccessor = errors.New("the second instance is of no use")

// mature is the second instance of a young one, compiled. One goroutine makes and calls it.
type mature struct {
	young  *Young
	cut    *ondemand.Cut
	engine *engine.Runtime
	hosts  map[string]*engine.Instance
	core   *engine.Instance // nil before it is made
	inCore []bool           // by function: its code is in the core
	made   []bool           // by function: it is compiled
	seen   int              // how many of Young.called have been looked at
	late   map[string]late  // by label
	ran    time.Duration    // that the present call has taken, without compiling
}

// late are functions that have been compiled together.
type late struct {
	list     []uint32
	imported int64 // functions of their module
}

// grow begins the present call in a second instance, in another goroutine.
func (y *Young) grow(ctx context.Context, h *abi.Handover, name string, stack []uint64) *playing {
	return play(stack, func(stack []uint64) error {
		m, err := y.mature(ctx, h)
		if err == nil && len(y.calls) > 0 {
			err = m.repeat(ctx, h)
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
		if m != nil {
			// What is of no use has nothing to say either.
			_ = m.close(ctx)
		}
		return errNoSuccessor
	})
}

// repeat makes the calls that have ended.
func (m *mature) repeat(ctx context.Context, h *abi.Handover) error {
	for _, c := range m.young.calls {
		if err := m.core.Call(ctx, c.name, c.stack); !final(err) {
			return err
		}
	}
	if !h.TakeOver() {
		return errNoSuccessor
	}
	return nil
}

// mature makes the second instance of y, whose calls go by h. With an error, it is to be closed
// unless it is nil.
func (y *Young) mature(ctx context.Context, h *abi.Handover) (*mature, error) {
	g := &y.guest
	m := &mature{
		young: y, cut: ondemand.New(g.Module), engine: engine.New(ctx, engine.Config{}),
		made: make([]bool, len(g.Module.Bodies)), late: map[string]late{},
	}
	for _, i := range m.news() {
		m.made[i] = true
	}
	if prepare.TakesLong(m.cut.Large()) {
		return m, errNoSuccessor // it is interpreted, as if it were to be compiled first
	}
	m.inCore = slices.Clone(m.made)
	code, err := m.code(ctx, m.cut.Core(func(i uint32) bool { return m.inCore[i] }), g.Label, runtime.GOMAXPROCS(0))
	if err != nil {
		return m, err
	}
	shared := &abi.Hosts{Guest: h.Successor(), States: g.Shared.States, Owner: g.Shared.Owner}
	if m.hosts, err = g.Hosts(ctx, m.engine, shared); err != nil {
		return m, err
	}
	store := m.engine.NewStore(engine.StoreConfig{Budget: engine.NewBudget(g.Limits.WholeMemory), Host: shared})
	if m.core, err = m.engine.Instantiate(ctx, code, engine.Options{Store: store, Imports: m.host, Fill: m.cut.Fill}); err != nil {
		return m, err
	}
	if err := arm(ctx, m.engine, m.cut, m.core, m.want); err != nil {
		return m, err
	}
	if list := m.news(); len(list) > 0 {
		return m, m.compile(ctx, list)
	}
	return m, nil
}

// host is the instance of the host module name.
func (m *mature) host(name string) *engine.Instance { return m.hosts[name] }

// code is the code of piece, which is called label in traps. Passes for what the processor
// needs work on one function at a time: they make of a piece what they would make of the
// module.
func (m *mature) code(ctx context.Context, piece *wasm.Module, label string, workers int) (*engine.Code, error) {
	piece, err := lowered(piece)
	if err != nil {
		return nil, err
	}
	return m.engine.CompileWith(ctx, wasm.Encode(piece), engine.CompileOptions{Label: label, Workers: workers})
}

// lowered is piece as the engine is to have it.
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
	label, imported := m.young.guest.Label, int64(m.cut.Imported())
	var frames []engine.Frame
	for n, f := range t.Frames {
		own := f.Function - imported
		late, is := m.late[f.Label]
		switch {
		case is && f.Function >= 0:
			i := late.list[f.Function-late.imported]
			frames = append(frames, engine.Frame{Label: label, Function: imported + int64(i), Offset: -1, Return: -1, Source: m.source(ctx, late, t.Frames[n])})
		case f.Label == label && own >= 0 && (own >= int64(len(m.inCore)) || !m.inCore[own]):
			// It went on in the late function.
		default:
			frames = append(frames, f)
		}
	}
	t.Frames = frames
	return err
}

// source is where the instruction is that f, a frame of the late functions l, stands at; 0 where
// that cannot be told.
func (m *mature) source(ctx context.Context, l late, f engine.Frame) int64 {
	piece, err := m.cut.Late(l.list, true)
	if err == nil {
		piece, err = lowered(piece)
	}
	if err != nil {
		return 0
	}
	offset := engine.Positions(ctx, wasm.Encode(piece), []engine.Frame{f})[0]
	own := int(f.Function - l.imported)
	at := offset - diagnose.EncodedStarts(piece)[own]
	if offset < 0 || at < 0 {
		return 0
	}
	b := &piece.Bodies[own]
	return max(0, b.Origin(b.Offset+at))
}

// news are the functions that the interpreter has called since it was asked last, and that
// are not compiled.
func (m *mature) news() []uint32 {
	y := m.young
	y.mu.Lock()
	defer y.mu.Unlock()
	var list []uint32
	for _, i := range y.called[m.seen:] {
		if !m.made[i] {
			list = append(list, i)
		}
	}
	m.seen = len(y.called)
	return list
}

// want has function i compiled, which is called for the first time.
func (m *mature) want(ctx context.Context, i uint32) error {
	if m.made[i] {
		return nil
	}
	began := time.Now()
	defer func() { m.ran -= time.Since(began) }()
	return m.compile(ctx, []uint32{i})
}

// compile compiles the functions list and puts them in their places.
func (m *mature) compile(ctx context.Context, list []uint32) error {
	piece, err := m.cut.Late(list, false)
	if err != nil {
		return err
	}
	label := m.young.guest.Label + "+" + strconv.Itoa(len(m.late))
	code, err := m.code(ctx, piece, label, min(len(list), runtime.GOMAXPROCS(0)))
	if err != nil {
		return err
	}
	_, err = m.engine.Instantiate(ctx, code, m.core.Beside(engine.Options{Imports: func(name string) *engine.Instance {
		if name == ondemand.Core {
			return m.core
		}
		return m.hosts[name]
	}}))
	if err != nil {
		return err
	}
	m.core.Pieces(code)
	m.late[label] = late{list, int64(piece.ImportedCount(wasm.ExternFunc))}
	for _, i := range list {
		m.made[i] = true
	}
	return nil
}

// close frees what m has. Nothing is under way in it.
func (m *mature) close(ctx context.Context) error {
	if m.core == nil {
		return m.engine.Close(ctx)
	}
	return errors.Join(m.core.CloseStore(ctx), m.engine.Close(ctx))
}
