package mock_test

import (
	"strings"
	"testing"

	"github.com/tetratelabs/wazero/api"

	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/mock"
	"github.com/wazedge/wazedge/internal/fault"
)

func TestCallsFailByNameOfThePlugin(t *testing.T) {
	for n := range mock.Modules() {
		m := &mock.Modules()[n]
		var out strings.Builder
		for f := range m.Functions() {
			out.Reset()
			stack := make([]uint64, max(len(f.Type.Params), 1))
			err := f.Invoke(logline.New(&out, logline.Info, false), abi.Caller{}, stack)
			if !strings.HasSuffix(out.String(), " plugin not installed. Please install the plugin and restart WasmEdge.\n") {
				t.Errorf("%s %s logs %q", m.Name(), f.Name, out.String())
			}
			switch {
			case err != nil && err != fault.HostFuncError, err == nil && stack[0] != 1:
				t.Errorf("%s %s: %v, result %d", m.Name(), f.Name, err, stack[0])
			case err == nil && len(f.Type.Results) != 1:
				t.Errorf("%s %s returns %d values", m.Name(), f.Name, len(f.Type.Results))
			}
			for _, p := range f.Type.Params {
				if api.ValueTypeName(p) == "unknown" {
					t.Errorf("%s %s: a parameter of type %#x", m.Name(), f.Name, p)
				}
			}
		}
	}
}

func TestNamesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for n := range mock.Modules() {
		m := &mock.Modules()[n]
		for f := range m.Functions() {
			if key := m.Name() + "." + f.Name; seen[key] {
				t.Errorf("%s is there twice", key)
			} else {
				seen[key] = true
			}
		}
	}
	if !seen["wasi_ephemeral_nn.compute"] || !seen["wasmedge_process.wasmedge_process_get_stderr"] {
		t.Error("functions are missing")
	}
}
