package private

import (
	"reflect"
	"strings"

	"github.com/tetratelabs/wazero"
)

// Compiles reports whether r, which was left the choice, compiles what it executes; else it interprets.
func Compiles(r wazero.Runtime) bool {
	engine := field(reflect.ValueOf(r), "store", "Engine")
	return engine.Kind() == reflect.Interface && strings.HasSuffix(reflect.Indirect(engine.Elem()).Type().PkgPath(), "/wazevo")
}
