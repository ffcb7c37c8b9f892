// Package mock has the modules that WasmEdge registers in the place of plugins that
// are not installed: guests that import from them start, and calls fail.
package mock

import (
	"iter"
	"strings"

	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/internal/fault"
)

// failure is what a mock's functions return in the place of a result.
const failure = 1

// Module is the mock of one module of a plugin: a namespace, the state of whose
// functions is the [*logline.Logger] that they tell that the plugin is missing.
type Module struct {
	name   string // what guests import from
	plugin string // its name in the log
	fatal  bool   // calls end the guest
	// functions are names with the types of their parameters, in the letters i, I, f
	// and F, and in parentheses if they return nothing.
	functions string
}

// Modules are all mocks, in the order in which WasmEdge registers them.
func Modules() []Module { return modules[:] }

// Name implements [abi.Namespace].
func (m *Module) Name() string { return m.name }

// Plugin is the plug-in that is missing, as the log has it.
func (m *Module) Plugin() string { return m.plugin }

// Function implements [abi.Namespace].
func (m *Module) Function(name string, _ abi.Signature) (*abi.Function, bool) {
	for f := range m.Functions() {
		if f.Name == name {
			return &f, true
		}
	}
	return nil, false
}

// Functions are the functions of m.
func (m *Module) Functions() iter.Seq[abi.Function] {
	return func(yield func(abi.Function) bool) {
		for line := range strings.Lines(m.functions) {
			name, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
			if name == "" {
				continue
			}
			t := abi.Signature{Results: []abi.ValueType{abi.I32}}
			if params, void := strings.CutPrefix(rest, "("); void {
				t.Results, rest = nil, strings.TrimSuffix(params, ")")
			}
			t.Params = types(rest)
			f := abi.Raw(name, "", t, m.call)
			f.Module = m.name
			if !yield(f) {
				return
			}
		}
	}
}

// call is what each function does.
func (m *Module) call(log *logline.Logger, _ abi.Caller, stack []uint64) error {
	log.Error(m.plugin + " plugin not installed. Please install the plugin and restart WasmEdge.")
	if m.fatal {
		return fault.HostFuncError
	}
	stack[0] = failure
	return nil
}

// types are the types that letters stand for.
func types(letters string) []abi.ValueType {
	ts := make([]abi.ValueType, len(letters))
	for n, l := range letters {
		switch l {
		case 'i':
			ts[n] = abi.I32
		case 'I':
			ts[n] = abi.I64
		case 'f':
			ts[n] = abi.F32
		case 'F':
			ts[n] = abi.F64
		}
	}
	return ts
}
