package compat_test

import (
	"testing"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/limits"
)

// TestTablesStopGrowing wants a table that the module does not bound to be bounded
// all the same, and one that declares a large maximum to keep what fits.
func TestTablesStopGrowing(t *testing.T) {
	const text = `(module (table 1 funcref)
	  (func (export "grow") (param i32) (result i32) (table.grow (ref.null func) (local.get 0))))`
	for _, tc := range []struct {
		limit uint32
		by    int32
		want  int32
	}{
		{0, 1000, 1},
		{0, compat.DefaultTableElements, -1},
		{10, 9, 1},
		{10, 10, -1},
	} {
		vm := compat.New(compat.Config{Limits: limits.Config{TableElements: tc.limit}})
		defer vm.Close(t.Context())
		if err := vm.Load(binary(t, text)); err != nil {
			t.Fatal(err)
		}
		if err := vm.Validate(); err != nil {
			t.Fatal(err)
		}
		if err := vm.Instantiate(t.Context()); err != nil {
			t.Fatal(err)
		}
		got, err := vm.Invoke(t.Context(), "grow", value.OfI32(tc.by))
		if err != nil || got[0] != value.OfI32(tc.want) {
			t.Errorf("grown by %d under a limit of %d: %v, %v; want %d", tc.by, tc.limit, got, err, tc.want)
		}
	}
}
