package wasmedge

import (
	"context"
	"errors"
	"os"
	"sync"
	"sync/atomic"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/hostfuncs/wasi"
	"github.com/wazedge/wazedge/internal/fault"
)

// world is where instances are that may be linked with each other. A [Store] gets one from
// the first executor that uses it.
//
// One goroutine at a time executes something in a world: who calls a function waits for
// those before. A host function lets others in while it runs, so that it can call
// functions itself.
type world struct {
	room  *room
	store *compat.Store

	mocks   bool       // modules in the place of plugins are found
	running sync.Mutex // held while something is executed
	closed  atomic.Bool
	kept    atomic.Bool // something of it is in the hands of who uses the package
	tells   *Statistics // what is used in it; may be nil

	mu      sync.Mutex
	uses    int
	wasi    *Module // whose arguments, environment and directories guests see
	version int     // of the settings of wasi that they see
	builtIn map[string]bool
	externs map[uint64]*extern
	last    uint64 // handle in externs
	refs    map[*Function]value.Value
	byRef   map[uint64]*Function
	hosts   map[*Module]*compat.Instance // what of them is no function, nil if all is
}

// newWorld is a world of the executor e, which is used once, for guests that import from
// modules.
func newWorld(e *Executor, modules map[string]*Module) *world {
	w := &world{
		uses: 1, mocks: e.mocks, tells: e.statistics, externs: map[uint64]*extern{}, refs: map[*Function]value.Value{},
		byRef: map[uint64]*Function{}, hosts: map[*Module]*compat.Instance{},
	}
	costs := e.statistics.costs()
	if e.room.settings.costs {
		costs = withHosts(costs, modules)
	}
	if costs == nil {
		w.room = e.room.retain()
	} else {
		w.room = newRoom(e.room.settings, costs)
	}
	c := compat.StoreConfig{WASI: &compat.WASIConfig{}, Offers: w.offers}
	c.GasLimit = e.statistics.attach(w)
	w.store = w.room.runtime.NewStore(c)
	return w
}

// offers reports whether guests are to find the module name, which is built in.
func (w *world) offers(name string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if name == wasiModule || name == wasi.UnstableModuleName {
		return w.builtIn[wasiModule]
	}
	return w.mocks || w.builtIn[name]
}

func (w *world) retain() *world {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.uses++
	return w
}

// release is the end of one use of w, which may be nil.
func (w *world) release() {
	if w == nil {
		return
	}
	w.mu.Lock()
	w.uses--
	last := w.uses == 0
	w.mu.Unlock()
	if !last {
		return
	}
	w.running.Lock()
	defer w.running.Unlock()
	if !w.closed.CompareAndSwap(false, true) {
		return
	}
	w.tells.detach(w)
	w.forget()
	// What it could fail for are descriptors of a guest that is gone.
	_ = w.store.Close(context.Background())
	w.room.release()
}

// forget takes the handles of w from the references that have one.
func (w *world) forget() {
	w.mu.Lock()
	externs := w.externs
	w.externs = map[uint64]*extern{}
	w.mu.Unlock()
	for _, x := range externs {
		x.mu.Lock()
		delete(x.handles, w)
		x.mu.Unlock()
	}
}

// idle reports whether nobody would miss w: it has one use, and is in nobody's hands.
func (w *world) idle() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.uses == 1 && !w.kept.Load()
}

// enter waits until nothing else is executed in w, or ctx ends.
func (w *world) enter(ctx context.Context) error {
	w.running.Lock()
	switch {
	case w.closed.Load():
		w.running.Unlock()
		return errReleased
	case ctx.Err() != nil:
		w.running.Unlock()
		return fault.New(fault.Interrupted)
	}
	return nil
}

// errReleased is the error of what is used when it, or its store, is released.
var errReleased = errors.New("used when it is released")

// worldKey is the key of the world in the context of what is executed there.
type worldKey struct{}

// within is ctx for what is executed in w.
func (w *world) within(ctx context.Context) context.Context {
	return context.WithValue(ctx, worldKey{}, w)
}

// call calls f, which executes something of type t, and makes values for Go of the results.
// A guest that ends itself, or is ended by [Result_Terminate], leaves zeros.
func (w *world) call(ctx context.Context, t *compat.FuncType, f func(context.Context) ([]value.Value, error)) ([]interface{}, error) {
	w.retain()
	defer w.release()
	if err := w.enter(ctx); err != nil {
		return nil, failed(err)
	}
	results, err := f(w.within(ctx))
	w.running.Unlock()
	if err != nil {
		if !w.ended(err) {
			return nil, failed(err)
		}
		results = zeros(t.Results)
	}
	return w.fromValues(results), nil
}

// ended reports whether err is an end that is no failure, and notes the exit status.
func (w *world) ended(err error) bool {
	status, ok := terminated(err)
	if !ok {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.wasi != nil && errors.As(err, new(*compat.ExitError)) {
		w.wasi.wasi.exit.Store(status)
	}
	return true
}

// instantiate makes an instance of ast, linked with the modules of s.
func (w *world) instantiate(ctx context.Context, s *Store, ast *AST) (*compat.Instance, error) {
	m, err := ast.in(w.room)
	if err != nil {
		return nil, failed(err)
	}
	if err := w.enter(ctx); err != nil {
		return nil, failed(err)
	}
	defer w.running.Unlock()
	names, err := w.link(ctx, s)
	defer func() {
		for _, name := range names {
			w.store.Unlink(name)
		}
	}()
	if err != nil {
		return nil, failed(err)
	}
	inst, err := w.store.Instantiate(w.within(ctx), m)
	if err != nil {
		w.ended(err)
		return nil, failed(err)
	}
	return inst, nil
}

// link has the next instance find the modules of s, and returns the names that it made.
func (w *world) link(ctx context.Context, s *Store) (names []string, err error) {
	builtIn := map[string]bool{}
	for name, m := range s.modules() {
		switch {
		case m.wasi != nil:
			builtIn[wasiModule] = true
			err = w.show(m)
		case m.builtIn != "":
			builtIn[m.builtIn] = true
		case m.host != nil:
			names = append(names, name)
			err = w.offer(ctx, m)
		default:
			names = append(names, name)
			w.store.Link(name, m.instance)
		}
		if err != nil {
			return names, err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.builtIn = builtIn
	return names, nil
}

// show has guests see the arguments, environment and directories of m.
func (w *world) show(m *Module) error {
	w.mu.Lock()
	version, c := m.wasi.read()
	same := w.wasi == m && w.version == version
	w.wasi, w.version = m, version
	w.mu.Unlock()
	if same {
		return nil
	}
	return w.store.SetWASI(c)
}

// streams are the standard streams that guests have: those of the process.
func streams(c *compat.WASIConfig) {
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, os.Stdout, os.Stderr
}

// prepare makes what a module of the host's is in w, whose memories, tables and globals are
// the guests' from then on.
func (w *world) prepare(m *Module) error {
	ctx := context.Background()
	if err := w.enter(ctx); err != nil {
		return failed(err)
	}
	defer w.running.Unlock()
	err := w.offer(ctx, m)
	w.store.Unlink(m.name)
	if err != nil {
		return failed(err)
	}
	return nil
}
