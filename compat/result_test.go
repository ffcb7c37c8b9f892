package compat_test

import (
	"fmt"
	"testing"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/value"
)

// A reference prints by the top of its hierarchy, and a null is one whatever the
// engine had in the register before.
func TestReferencesAsResults(t *testing.T) {
	const types = `(type $f (func)) (type $s (struct)) (type $a (array i8))`
	for _, tc := range []struct {
		heap string
		kind value.Kind
	}{
		{"func", value.FuncRef}, {"nofunc", value.FuncRef}, {"$f", value.FuncRef},
		{"extern", value.ExternRef}, {"noextern", value.ExternRef},
		{"any", value.AnyRef}, {"eq", value.AnyRef}, {"i31", value.AnyRef}, {"struct", value.AnyRef},
		{"array", value.AnyRef}, {"none", value.AnyRef}, {"$s", value.AnyRef}, {"$a", value.AnyRef},
		{"exn", value.AnyRef}, {"noexn", value.AnyRef},
	} {
		for _, interpreter := range []bool{false, true} {
			vm := newVM(t, compat.Config{Interpreter: interpreter})
			inst := register(t, vm, "m", fmt.Sprintf(`(module %s
				(global (mut i64) (i64.const 0))
				(func (export "f") (param i64 i64) (result (ref null %[2]s) i64 (ref null %[2]s) i32)
					(global.set 0 (i64.or (local.get 0) (local.get 1)))
					(ref.null %[2]s) (i64.const -1) (ref.null %[2]s) (i32.const -1)))`, types, tc.heap))
			got, err := inst.Invoke(t.Context(), "f", value.OfI64(-1), value.OfI64(1<<62))
			if err != nil {
				t.Errorf("%s: %v", tc.heap, err)
				continue
			}
			for _, n := range []int{0, 2} {
				if got[n].Kind != tc.kind || !got[n].Null {
					t.Errorf("%s (interpreter %v): result %d is %v, want a null %v", tc.heap, interpreter, n, got[n], tc.kind)
				}
			}
		}
	}
}
