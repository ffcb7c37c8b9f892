// Package mock has the modules that WasmEdge registers in the place of plugins that
// are not installed: guests that import from them start, and calls fail.
package mock

import (
	"strings"

	"github.com/tetratelabs/wazero/api"

	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/fault"
)

// failure is what a mock's functions return in the place of a result.
const failure = 1

// Module is the mock of one module of a plugin.
type Module struct {
	Name   string // what guests import from
	plugin string // its name in the log
	fatal  bool   // calls end the guest
	// functions are names with the types of their parameters, in the letters i, I, f
	// and F, and in parentheses if they return nothing.
	functions string
}

// Modules are all mocks, in the order in which WasmEdge registers them.
func Modules() []Module { return modules[:] }

// Functions are the functions of m, which log that the plugin is missing.
func (m *Module) Functions(log *logline.Logger) []engine.HostFunction {
	call := func(_ api.Memory, stack []uint64) error {
		log.Error(m.plugin + " plugin not installed. Please install the plugin and restart WasmEdge.")
		if m.fatal {
			return fault.HostFuncError
		}
		stack[0] = failure
		return nil
	}
	var list []engine.HostFunction
	for line := range strings.Lines(m.functions) {
		name, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if name == "" {
			continue
		}
		f := engine.HostFunction{Name: name, Results: []api.ValueType{api.ValueTypeI32}, Call: call}
		if params, void := strings.CutPrefix(rest, "("); void {
			f.Results, rest = nil, strings.TrimSuffix(params, ")")
		}
		f.Params = types(rest)
		list = append(list, f)
	}
	return list
}

// types are the types that letters stand for.
func types(letters string) []api.ValueType {
	ts := make([]api.ValueType, len(letters))
	for n, l := range letters {
		switch l {
		case 'i':
			ts[n] = api.ValueTypeI32
		case 'I':
			ts[n] = api.ValueTypeI64
		case 'f':
			ts[n] = api.ValueTypeF32
		case 'F':
			ts[n] = api.ValueTypeF64
		}
	}
	return ts
}
