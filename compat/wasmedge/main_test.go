package wasmedge_test

import (
	"testing"

	"github.com/wazedge/wazedge/compat/wasmedge"
	"github.com/wazedge/wazedge/internal/fault"
)

// none takes and returns nothing.
func none() *wasmedge.FunctionType { return wasmedge.NewFunctionType(nil, nil) }

// newVM is a VM by conf, which may be nil, that does not log.
func newVM(t *testing.T, conf *wasmedge.Configure) *wasmedge.VM {
	t.Helper()
	quiet(t)
	vm := wasmedge.NewVMWithConfig(conf)
	t.Cleanup(vm.Release)
	return vm
}

func quiet(t *testing.T) {
	wasmedge.SetLogOff()
	t.Cleanup(wasmedge.SetLogErrorLevel)
}

// wantCode demands that err is of WasmEdge's code and has its text.
func wantCode(t *testing.T, err error, want fault.Code) {
	t.Helper()
	r, ok := err.(*wasmedge.Result)
	if !ok {
		t.Errorf("error %v of type %T, want code %#x", err, err, uint32(want))
		return
	}
	if r.GetErrorCategory() != wasmedge.ErrCategory_WASM || r.GetCode() != int(want) || r.Error() != want.Message() {
		t.Errorf("category %d, code %#x, text %q; want code %#x, %q",
			r.GetErrorCategory(), r.GetCode(), r.Error(), uint32(want), want.Message())
	}
}

// wantResults demands one result.
func wantResult(t *testing.T, results []interface{}, err error, want interface{}) {
	t.Helper()
	if err != nil || len(results) != 1 || results[0] != want {
		t.Errorf("results %v, error %v; want %v", results, err, want)
	}
}

// host is a module of the host's with one function.
func host(module, name string, t *wasmedge.FunctionType, f func(*wasmedge.CallingFrame, []interface{}) ([]interface{}, wasmedge.Result)) *wasmedge.Module {
	m := wasmedge.NewModule(module)
	m.AddFunction(name, wasmedge.NewFunction(t, func(_ interface{}, frame *wasmedge.CallingFrame, params []interface{}) ([]interface{}, wasmedge.Result) {
		return f(frame, params)
	}, nil, 0))
	return m
}
