package wasmedge

import (
	"encoding/binary"
	"fmt"

	"github.com/wazedge/wazedge/internal/fault"
)

// bindgen is what a function made by wasm-bindgen returns.
type bindgen int

// What functions made by wasm-bindgen return.
const (
	Bindgen_return_void bindgen = iota
	Bindgen_return_i32
	Bindgen_return_i64
	Bindgen_return_array
)

// Where functions made by wasm-bindgen are told to put results that do not fit a return
// value.
const (
	i64Result   = 0
	arrayResult = 8
)

// ExecuteBindgen calls the function funcname of the active module, which wasm-bindgen has
// made. Parameters are of type int32, uint32, int64, uint64 or []byte; the result is nil, an
// int32, an int64 or a []byte, as rettype says. Where the SDK panics, it is an error here.
func (vm *VM) ExecuteBindgen(funcname string, rettype bindgen, params ...interface{}) (interface{}, error) {
	return bound{vm, vm.GetActiveModule()}.call(funcname, rettype, params)
}

// ExecuteBindgenRegistered is [VM.ExecuteBindgen] for the registered module modname.
func (vm *VM) ExecuteBindgenRegistered(modname string, funcname string, rettype bindgen, params ...interface{}) (interface{}, error) {
	m := vm.store.FindModule(modname)
	if m == nil {
		return nil, failed(fault.New(fault.WrongInstanceAddress))
	}
	return bound{vm, m}.call(funcname, rettype, params)
}

// bound is a module that wasm-bindgen has made.
type bound struct {
	vm     *VM
	module *Module
}

func (b bound) execute(name string, params ...interface{}) ([]interface{}, error) {
	return b.vm.executor.Invoke(b.module.FindFunction(name), params...)
}

func (b bound) call(name string, rettype bindgen, params []interface{}) (interface{}, error) {
	if b.module == nil {
		return nil, failed(fault.New(fault.WrongVMWorkflow))
	}
	args, err := b.arguments(rettype, params)
	if err != nil {
		return nil, err
	}
	results, err := b.execute(name, args...)
	if err != nil {
		return nil, err
	}
	switch rettype {
	case Bindgen_return_i32:
		if len(results) == 0 {
			return nil, failed(fault.New(fault.FuncSigMismatch))
		}
		return results[0], nil
	case Bindgen_return_i64:
		return b.integer()
	case Bindgen_return_array:
		return b.array()
	}
	return nil, nil
}

// arguments are params as wasm-bindgen passes them, with the address of the result first.
func (b bound) arguments(rettype bindgen, params []interface{}) ([]interface{}, error) {
	var args []interface{}
	switch rettype {
	case Bindgen_return_i64:
		args = append(args, int32(i64Result))
	case Bindgen_return_array:
		args = append(args, int32(arrayResult))
	}
	for _, p := range params {
		switch x := p.(type) {
		case int32, uint32:
			args = append(args, x)
		case int64:
			args = append(args, int32(x), int32(x>>32))
		case uint64:
			args = append(args, int32(x), int32(x>>32))
		case []byte:
			at, err := b.place(x)
			if err != nil {
				return nil, err
			}
			args = append(args, at, int32(len(x)))
		default:
			return nil, failed(fmt.Errorf("wasm-bindgen takes no %T: %w", p, fault.FuncSigMismatch))
		}
	}
	return args, nil
}

// place puts p into the guest's memory and returns where.
func (b bound) place(p []byte) (int32, error) {
	results, err := b.execute("__wbindgen_malloc", int32(len(p)))
	if err != nil {
		return 0, err
	}
	if len(results) == 1 {
		if at, ok := results[0].(int32); ok {
			m, err := b.memory()
			if err != nil {
				return 0, err
			}
			return at, m.SetData(p, uint(uint32(at)), uint(len(p)))
		}
	}
	return 0, failed(fault.New(fault.FuncSigMismatch))
}

// memory is the first memory that the module exports.
func (b bound) memory() (*Memory, error) {
	names := b.module.ListMemory()
	if len(names) == 0 {
		return nil, failed(fault.New(fault.WrongInstanceAddress))
	}
	return b.module.FindMemory(names[0]), nil
}

// integer is the i64 that a function has left.
func (b bound) integer() (interface{}, error) {
	m, err := b.memory()
	if err != nil {
		return nil, err
	}
	data, err := m.GetData(i64Result, 8)
	if err != nil {
		return nil, err
	}
	return int64(binary.LittleEndian.Uint64(data)), nil
}

// array is a copy of the bytes that a function has left, which the guest then frees.
func (b bound) array() (interface{}, error) {
	m, err := b.memory()
	if err != nil {
		return nil, err
	}
	place, err := m.GetData(arrayResult, 8)
	if err != nil {
		return nil, err
	}
	at, length := binary.LittleEndian.Uint32(place), binary.LittleEndian.Uint32(place[4:])
	data, err := m.GetData(uint(at), uint(length))
	if err != nil {
		return nil, err
	}
	data = append([]byte{}, data...)
	_, err = b.execute("__wbindgen_free", int32(at), int32(length))
	return data, err
}
