package private

import "reflect"

// field follows names from v through pointers and interfaces; it is the zero Value
// where there is no such field.
func field(v reflect.Value, names ...string) reflect.Value {
	for _, name := range names {
		for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
			v = v.Elem()
		}
		if v.Kind() != reflect.Struct {
			return reflect.Value{}
		}
		v = v.FieldByName(name)
	}
	return v
}

func isSlice(v reflect.Value, of reflect.Kind) bool {
	return v.Kind() == reflect.Slice && v.Type().Elem().Kind() == of
}
