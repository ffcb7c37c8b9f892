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

// in is the world of s; nil for the Executor of a [CallingFrame], where s has none.
func (e *Executor) in(s *Store) *world {
	if e.room == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.world == nil && e.world != nil {
			s.world = e.world.retain()
		}
		return s.world
	}
	return s.enter(e)
}

// Instantiate makes an instance of the module ast, which is valid, linked with the modules
// of store.
func (e *Executor) Instantiate(store *Store, ast *AST) (*Module, error) {
	return e.instantiate(context.Background(), store, ast, "")
}

func (e *Executor) instantiate(ctx context.Context, s *Store, ast *AST, name string) (*Module, error) {
	if s == nil || ast == nil {
		return nil, failed(fault.New(fault.WrongVMWorkflow))
	}
	w := e.in(s)
	if w == nil {
		return nil, failed(fault.New(fault.WrongVMWorkflow))
	}
	inst, err := w.instantiate(ctx, s, ast)
	if err != nil {
		return nil, err
	}
	return &Module{name: name, instance: inst, world: w}, nil
}

// Register makes an instance of ast as [Executor.Instantiate] does, and has later modules of
// store import from it by modname.
func (e *Executor) Register(store *Store, ast *AST, modname string) (*Module, error) {
	if store != nil && store.FindModule(modname) != nil {
		return nil, failed(fault.New(fault.ModuleNameConflict))
	}
	m, err := e.instantiate(context.Background(), store, ast, modname)
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
	if module.host == nil || e.in(store) == nil {
		return nil
	}
	return e.in(store).prepare(module)
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
