package private

import (
	"reflect"
	"unsafe"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// ReplaceBody gives function index of the interpreted instance m the body of the first
// function of its own that code has, and reports whether it could. wazero's interpreter
// finds the body of a function at each call, by an unexported field.
func ReplaceBody(m api.Module, index uint32, code wazero.CompiledModule) bool {
	functions := field(reflect.ValueOf(m), "Engine", "functions")
	bodies := field(reflect.ValueOf(code), "compiledEngine", "compiledFunctions")
	id := field(reflect.ValueOf(code), "module", "ID")
	if functions.Kind() != reflect.Slice || uint64(index) >= uint64(functions.Len()) || bodies.Kind() != reflect.Map || !id.IsValid() || bodies.Type().Key() != id.Type() {
		return false
	}
	list := field(bodies.MapIndex(id), "funcs")
	body := field(functions.Index(int(index)), "parent")
	if list.Kind() != reflect.Slice || list.Len() == 0 || body.Kind() != reflect.Pointer || body.Type().Elem() != list.Type().Elem() {
		return false
	}
	reflect.NewAt(body.Type(), unsafe.Pointer(body.UnsafeAddr())).Elem().Set(reflect.NewAt(list.Type().Elem(), unsafe.Pointer(list.Index(0).UnsafeAddr())))
	return true
}

// DropBodies has the functions of the interpreted instance m, which nobody calls any more, have no bodies: what holds on to the
// instance does not hold on to those.
func DropBodies(m api.Module) {
	functions := field(reflect.ValueOf(m), "Engine", "functions")
	if functions.Kind() != reflect.Slice {
		return
	}
	for i := range functions.Len() {
		body := field(functions.Index(i), "parent")
		if body.Kind() != reflect.Pointer {
			return
		}
		reflect.NewAt(body.Type(), unsafe.Pointer(body.UnsafeAddr())).Elem().SetZero()
	}
}
