package private

import (
	"reflect"

	"github.com/tetratelabs/wazero/api"
)

// CallsAs reports whether element n of table index of m is a function with these parameters and results, in
// wasm's own encoding. wazero's own way, table.LookupFunction, goes on to the definition of the function; for one
// of the host's that is compiled, it takes other memory for the instance that has it.
func CallsAs(m api.Module, index, n uint32, params, results []byte) (ok bool) {
	v := reflect.ValueOf(m)
	tables, engine := field(v, "Tables"), field(v, "Engine")
	id := v.MethodByName("GetFunctionTypeID")
	if tables.Kind() != reflect.Slice || uint64(index) >= uint64(tables.Len()) || engine.Kind() != reflect.Interface || !id.IsValid() {
		return false
	}
	lookUp := engine.Elem().MethodByName("LookupFunction")
	if !lookUp.IsValid() || id.Type().NumIn() != 1 || id.Type().In(0).Kind() != reflect.Pointer || lookUp.Type().NumIn() != 3 {
		return false
	}
	typ := reflect.New(id.Type().In(0).Elem())
	for name, list := range map[string][]byte{"Params": params, "Results": results} {
		to := typ.Elem().FieldByName(name)
		if !to.IsValid() || to.Kind() != reflect.Slice {
			return false
		}
		s := reflect.MakeSlice(to.Type(), len(list), len(list))
		for k, b := range list {
			s.Index(k).SetUint(uint64(b))
		}
		to.Set(s)
	}
	if count := typ.MethodByName("CacheNumInUint64"); count.IsValid() {
		count.Call(nil)
	}
	defer func() {
		ok = recover() == nil // it panics for another type
	}()
	lookUp.Call([]reflect.Value{tables.Index(int(index)), id.Call([]reflect.Value{typ})[0], reflect.ValueOf(n).Convert(lookUp.Type().In(2))})
	return true
}
