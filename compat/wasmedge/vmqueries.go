package wasmedge

// GetFunctionType is the type of the exported function funcname of the active module, or nil.
func (vm *VM) GetFunctionType(funcname string) *FunctionType {
	return functionType(vm.current(), funcname)
}

// GetFunctionTypeRegistered is the type of the function funcname of the registered module
// modname, or nil.
func (vm *VM) GetFunctionTypeRegistered(modname string, funcname string) *FunctionType {
	return functionType(vm.store.FindModule(modname), funcname)
}

func functionType(m *Module, name string) *FunctionType {
	if m == nil {
		return nil
	}
	f := m.FindFunction(name)
	if f == nil {
		return nil
	}
	return f.GetFunctionType()
}

// GetFunctionList are the names of the exported functions of the active module, sorted, and
// their types.
func (vm *VM) GetFunctionList() ([]string, []*FunctionType) {
	m := vm.current()
	if m == nil {
		return nil, nil
	}
	names := m.ListFunction()
	types := make([]*FunctionType, len(names))
	for n, name := range names {
		types[n] = functionType(m, name)
	}
	return names, types
}

// GetActiveModule is the instance that was made last, or nil.
func (vm *VM) GetActiveModule() *Module {
	m := vm.current()
	if m != nil {
		m.world.kept.Store(true)
	}
	return m
}

// current is [VM.GetActiveModule] for what keeps nothing of it.
func (vm *VM) current() *Module {
	vm.mu.Lock()
	defer vm.mu.Unlock()
	return vm.active
}

// GetRegisteredModule is the registered module of that name, or nil.
func (vm *VM) GetRegisteredModule(name string) *Module { return vm.store.FindModule(name) }

// ListRegisteredModule are the names of the registered modules, sorted. Those in the place of
// WasmEdge's plugins, which are always found, are not among them.
func (vm *VM) ListRegisteredModule() []string { return vm.store.ListModule() }

// GetImportModule is the module that the VM has registered of itself for host, or nil.
func (vm *VM) GetImportModule(host HostRegistration) *Module {
	if host != WASI {
		return nil
	}
	return vm.wasi
}

// GetStore is the VM's store.
func (vm *VM) GetStore() *Store { return vm.store }

// GetLoader is the VM's loader.
func (vm *VM) GetLoader() *Loader { return vm.loader }

// GetValidator is the VM's validator.
func (vm *VM) GetValidator() *Validator { return vm.validator }

// GetExecutor is the VM's executor.
func (vm *VM) GetExecutor() *Executor { return vm.executor }

// GetStatistics is what the VM's guests have used.
func (vm *VM) GetStatistics() *Statistics { return vm.statistics }
