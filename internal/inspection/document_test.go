package inspection

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// TestFieldsAreDocumented states that docs/INSPECT.md names every field of the JSON.
func TestFieldsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/INSPECT.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[reflect.Type]bool{}
	var check func(reflect.Type)
	check = func(v reflect.Type) {
		for v.Kind() == reflect.Slice || v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		if v.Kind() != reflect.Struct || seen[v] || v.PkgPath() == "time" {
			return
		}
		seen[v] = true
		for n := range v.NumField() {
			f := v.Field(n)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "" || !strings.Contains(string(text), "`"+name+"`") {
				t.Errorf("%s.%s: docs/INSPECT.md has no `%s`", v, f.Name, name)
			}
			check(f.Type)
		}
	}
	check(reflect.TypeFor[Report]())
}
