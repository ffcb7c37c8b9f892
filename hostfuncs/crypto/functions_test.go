package crypto

import (
	"testing"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/mock"
)

// What WasmEdge's plug-in has, as its mock lists it, is there with the same types; and no function
// is there twice.
func TestFunctionsAreThoseOfWasmEdge(t *testing.T) {
	have := map[string]*abi.Function{}
	for _, ns := range allNamespaces() {
		for n := range ns.Functions() {
			f := &ns.Functions()[n]
			if have[f.Name] != nil {
				t.Errorf("%s is there twice", f.Name)
			}
			have[f.Name] = f
			if names := f.ParameterNames(); len(names) != len(f.Type.Params) {
				t.Errorf("%s has the parameters %q for %d", f.Name, names, len(f.Type.Params))
			}
		}
	}
	count := 0
	for n := range mock.Modules() {
		m := &mock.Modules()[n]
		if m.Plugin() != "WASI-Crypto" {
			continue
		}
		for want := range m.Functions() {
			count++
			if f := have[want.Name]; f == nil || !f.Type.Equal(want.Type) {
				t.Errorf("%s of %s is %v", want.Name, m.Name(), f)
			}
		}
	}
	if count != 72 || len(have) != 86 {
		t.Errorf("%d functions of WasmEdge's, %d in all, want 72 and 86", count, len(have))
	}
}
