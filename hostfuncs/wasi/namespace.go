package wasi

import "github.com/wazedge/wazedge/hostfuncs/abi"

// The names of the modules that this package serves. WasmEdge knows the first
// only.
const (
	ModuleName         = "wasi_snapshot_preview1"
	UnstableModuleName = "wasi_unstable"
)

// Namespaces are the generations of WASI that this package has. The state of their
// functions is a [*Host], which may serve all of them.
func Namespaces() []abi.Namespace {
	return []abi.Namespace{&namespace{ModuleName, standard}, &namespace{UnstableModuleName, unstable}}
}

// namespace is one of them. Its table is made when something is imported from it.
type namespace struct {
	name  string
	table func() *abi.Table
}

// Name implements [abi.Namespace].
func (n *namespace) Name() string { return n.name }

// Functions are all functions of n, not to be changed.
func (n *namespace) Functions() []abi.Function { return n.table().Functions() }

// Function implements [abi.Namespace]. WasmEdge has two generations of socket
// functions: an import whose type is not that of the plain function gets the one with
// the suffix _v2, if its type is that.
func (n *namespace) Function(name string, want abi.Signature) (*abi.Function, bool) {
	plain, ok := n.table().Function(name, want)
	if !ok || plain.Type.Equal(want) {
		return plain, ok
	}
	if v2, ok := n.table().Function(name+"_v2", want); ok && v2.Type.Equal(want) {
		return v2, true
	}
	return plain, true
}
