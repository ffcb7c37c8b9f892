package private

import (
	"context"
	"errors"
	"reflect"

	"github.com/tetratelabs/wazero"
)

// Facts are where the engine has what machine code reads and writes, in bytes, by name: a field of the
// execution context ("context.exitCode"), of what a reference to a function points to
// ("function.executable"), of a table or a memory ("table.References"), or a part of the module context
// of a certain module ("module.GlobalsBegin").
type Facts map[string]int64

// errFacts is the error where a part cannot be found at all.
var errFacts = errors.New("the engine does not look as it did")

// FactsOf measures the facts of the engine in use on module, which it compiles and instantiates. It
// imports nothing, and exports the function "f"; memory and table are its own.
func FactsOf(ctx context.Context, module []byte) (Facts, error) {
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigCompiler())
	defer r.Close(ctx)
	m, err := r.Instantiate(ctx, module)
	if err != nil {
		return nil, err
	}
	call := reflect.ValueOf(m.ExportedFunction("f"))
	facts := Facts{}
	fields := func(name string, v reflect.Value) bool {
		if !v.IsValid() {
			return false
		}
		t := v.Type()
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct {
			return false
		}
		for i := range t.NumField() {
			facts[name+"."+t.Field(i).Name] = int64(t.Field(i).Offset)
		}
		return true
	}
	ok := fields("context", field(call, "execCtx")) &&
		fields("function", field(call, "parent", "localFunctionInstances")) &&
		fields("table", field(call, "parent", "module", "Tables")) &&
		fields("memory", field(call, "parent", "module", "MemoryInstance"))
	offsets := field(call, "parent", "parent", "offsets")
	if !ok || offsets.Kind() != reflect.Struct {
		return nil, errFacts
	}
	for i := range offsets.NumField() {
		if v := offsets.Field(i); v.CanInt() {
			facts["module."+offsets.Type().Field(i).Name] = v.Int()
		}
	}
	return facts, nil
}
