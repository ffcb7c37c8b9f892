package wasmedge

import (
	"context"

	"github.com/wazedge/wazedge/internal/fault"
)

// Executor makes instances of modules and calls functions. What a [Store] executes goes by
// the configuration and the [Statistics] of the first Executor that uses it.
type Executor struct {
	room       *room
	statistics *Statistics
	mocks      bool   // modules in place of plugins are found
	world      *world // of who calls a host function, for that of a [CallingFrame]
}

// NewExecutor is an Executor with the defaults of [NewConfigure].
func NewExecutor() *Executor { return NewExecutorWithConfig(nil) }

// NewExecutorWithConfig is an Executor by conf.
func NewExecutorWithConfig(conf *Configure) *Executor {
	return NewExecutorWithConfigAndStatistics(conf, nil)
}

// NewExecutorWithStatistics is an Executor with the defaults that adds to stat.
func NewExecutorWithStatistics(stat *Statistics) *Executor {
	return NewExecutorWithConfigAndStatistics(nil, stat)
}

// NewExecutorWithConfigAndStatistics is an Executor by conf that adds to stat what conf says
// is to be known.
func NewExecutorWithConfigAndStatistics(conf *Configure, stat *Statistics) *Executor {
	return &Executor{room: conf.open(), statistics: stat}
}

// Instantiate makes an instance of the module ast, which is valid, linked with the modules
// of store.
func (e *Executor) Instantiate(store *Store, ast *AST) (*Module, error) {
	return e.instantiate(context.Background(), store, ast, "").keep()
}

// made is a Module that has been made, or why not. Its world is used until [made.done].
type made struct {
	module *Module
	err    error
}

// done ends the use of the world.
func (m made) done() {
	if m.module != nil {
		m.module.world.release()
	}
}

// keep is m for who uses the package, whose world is used as long as there is one.
func (m made) keep() (*Module, error) {
	if m.module != nil {
		m.module.world.kept.Store(true)
	}
	m.done()
	return m.module, m.err
}

func (e *Executor) instantiate(ctx context.Context, s *Store, ast *AST, name string) made {
	if s == nil || ast == nil {
		return made{nil, failed(fault.New(fault.WrongVMWorkflow))}
	}
	w := s.enter(e)
	if w == nil {
		return made{nil, failed(fault.New(fault.WrongVMWorkflow))}
	}
	inst, err := w.instantiate(ctx, s, ast)
	if err != nil {
		w.release()
		return made{nil, err}
	}
	return made{&Module{name: name, instance: inst, world: w}, nil}
}

// Register makes an instance of ast as [Executor.Instantiate] does, and has later modules of
// store import from it by modname.
func (e *Executor) Register(store *Store, ast *AST, modname string) (*Module, error) {
	if store != nil && store.FindModule(modname) != nil {
		return nil, failed(fault.New(fault.ModuleNameConflict))
	}
	m, err := e.instantiate(context.Background(), store, ast, modname).keep()
	if err != nil {
		return nil, err
	}
	if err := store.add(m); err != nil {
		return nil, err
	}
	return m, nil
}

// RegisterImport has later modules of store import from module, by its name. It fails for an
// instance of another store's, if store has instances already, and for a name that is taken.
func (e *Executor) RegisterImport(store *Store, module *Module) error {
	if store == nil || module == nil {
		return failed(fault.New(fault.WrongVMWorkflow))
	}
	if err := store.add(module); err != nil {
		return err
	}
	if module.host == nil || !module.host.objects() {
		return nil
	}
	w := store.enter(e)
	if w == nil {
		return nil
	}
	defer w.release()
	return w.prepare(module)
}

// Invoke calls a function. Integers of Go's type int are i64, as in the SDK.
func (e *Executor) Invoke(funcinst *Function, params ...interface{}) ([]interface{}, error) {
	return e.invoke(context.Background(), funcinst, params)
}

func (e *Executor) invoke(ctx context.Context, f *Function, params []interface{}) ([]interface{}, error) {
	if f == nil {
		return nil, failed(fault.New(fault.FuncNotFound))
	}
	return f.invoke(ctx, e, params)
}

// AsyncInvoke calls a function in the background.
func (e *Executor) AsyncInvoke(funcinst *Function, params ...interface{}) *Async {
	return newAsync(func(ctx context.Context) ([]interface{}, error) { return e.invoke(ctx, funcinst, params) })
}

// Release lets go of what e holds. Instances stay usable.
func (e *Executor) Release() {
	if e == nil {
		return
	}
	e.room.release()
	e.room = nil
}
