package wasmedge

import "context"

// AsyncRunWasmFile is [VM.RunWasmFile] in the background.
func (vm *VM) AsyncRunWasmFile(path string, funcname string, params ...interface{}) *Async {
	return newAsync(func(ctx context.Context) ([]interface{}, error) {
		return vm.run(ctx, vm.LoadWasmFile(path), funcname, params)
	})
}

// AsyncRunWasmBuffer is [VM.RunWasmBuffer] in the background.
func (vm *VM) AsyncRunWasmBuffer(buf []byte, funcname string, params ...interface{}) *Async {
	return newAsync(func(ctx context.Context) ([]interface{}, error) {
		return vm.run(ctx, vm.LoadWasmBuffer(buf), funcname, params)
	})
}

// AsyncRunWasmAST is [VM.RunWasmAST] in the background.
func (vm *VM) AsyncRunWasmAST(ast *AST, funcname string, params ...interface{}) *Async {
	return newAsync(func(ctx context.Context) ([]interface{}, error) {
		return vm.run(ctx, vm.LoadWasmAST(ast), funcname, params)
	})
}

// AsyncExecute is [VM.Execute] in the background.
func (vm *VM) AsyncExecute(funcname string, params ...interface{}) *Async {
	m := vm.GetActiveModule()
	return newAsync(func(ctx context.Context) ([]interface{}, error) {
		return vm.execute(ctx, m, funcname, params)
	})
}

// AsyncExecuteRegistered is [VM.ExecuteRegistered] in the background.
func (vm *VM) AsyncExecuteRegistered(modname string, funcname string, params ...interface{}) *Async {
	return newAsync(func(ctx context.Context) ([]interface{}, error) {
		return vm.executeRegistered(ctx, modname, funcname, params)
	})
}
