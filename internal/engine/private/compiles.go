package private

import (
	"reflect"
	"strings"

	"github.com/tetratelabs/wazero"
)

// Compiles reports whether r, which was left the choice, compiles what it executes; else it interprets.
func Compiles(r wazero.Runtime) bool {
	engine := field(reflect.ValueOf(r), "store", "Engine")
	if engine.Kind() == reflect.Interface {
		engine = engine.Elem()
	}
	if engine.Kind() == reflect.Pointer {
		engine = engine.Elem()
	}
	return engine.IsValid() && strings.HasSuffix(engine.Type().PkgPath(), "/wazevo")
}
