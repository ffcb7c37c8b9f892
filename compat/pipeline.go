package compat

import (
	"context"
	"errors"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/fault"
)

// load decodes b.
func (vm *VM) load(b []byte) error {
	vm.bytes, vm.module = b, nil
	if err := vm.compile(context.Background()); err != nil {
		return err
	}
	vm.stage = Loaded
	return nil
}

func (vm *VM) validate() error { return nil }

// compile makes the engine's code of the module.
func (vm *VM) compile(ctx context.Context) error {
	if vm.runtime == nil {
		vm.runtime = engine.New(ctx, engine.Config{
			Interpreter: vm.config.Interpreter,
			MemoryPages: vm.memoryPages(),
		})
	}
	code, err := vm.runtime.Compile(ctx, vm.bytes, vm.config.Workers)
	if err != nil {
		return &fault.Error{Code: fault.IllegalGrammar, Offset: -1, Info: []string{fault.ASTNode("module")}, Err: err}
	}
	vm.code, vm.module = code, code.Describe()
	return nil
}

func (vm *VM) memoryPages() uint32 {
	if vm.config.MemoryPages == nil {
		return 0
	}
	return *vm.config.MemoryPages
}

func (vm *VM) instantiate(ctx context.Context) error {
	w := &vm.config.WASI
	host, err := vm.runtime.InstantiateWASI(ctx)
	if err != nil {
		return err
	}
	inst, err := vm.runtime.Instantiate(ctx, vm.code, engine.Options{
		Imports: func(module string) *engine.Instance {
			if module == "wasi_snapshot_preview1" {
				return host
			}
			return nil
		},
		WASI: engine.WASI{Args: w.Args, Env: w.Env, Stdin: w.Stdin, Stdout: w.Stdout, Stderr: w.Stderr, Dirs: dirs(w.Preopens)},
	})
	if err != nil {
		if t, ok := errors.AsType[*engine.Trap](err); ok {
			return fault.New(t.Code, fault.ASTNode("module"))
		}
		return err
	}
	vm.inst = inst
	return nil
}

func dirs(ps []Preopen) []engine.WASIDir {
	var ds []engine.WASIDir
	for _, p := range ps {
		ds = append(ds, engine.WASIDir{Guest: p.Guest, Host: p.Host, ReadOnly: p.Access == ReadOnly})
	}
	return ds
}
