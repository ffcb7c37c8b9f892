package wasi

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// The names of the modules that this package serves. WasmEdge knows the first
// only.
const (
	ModuleName         = "wasi_snapshot_preview1"
	UnstableModuleName = "wasi_unstable"
)

// Signature is the wasm type of a WASI function; the values are wasm's own
// encoding of value types (0x7f i32, 0x7e i64).
type Signature struct {
	Params, Results []byte
}

// Equal reports whether s and t are the same type.
func (s Signature) Equal(t Signature) bool {
	return slices.Equal(s.Params, t.Params) && slices.Equal(s.Results, t.Results)
}

func (f *function) signature() Signature {
	s := Signature{Params: f.types}
	if !f.void {
		s.Results = []byte{api.ValueTypeI32}
	}
	return s
}

// find is the function of that name in a module, or nil.
func find(module, name string) *function {
	list := standard
	switch module {
	case ModuleName:
	case UnstableModuleName:
		list = unstable
	default:
		return nil
	}
	for i := range list() {
		if f := &list()[i]; f.name == name {
			return f
		}
	}
	return nil
}

// SignatureOf is the type of the function that module has under exactly this
// name, and whether there is one.
func SignatureOf(module, name string) (Signature, bool) {
	f := find(module, name)
	if f == nil {
		return Signature{}, false
	}
	return f.signature(), true
}

// Resolve is the name of the function that an import of name with type t links
// to. WasmEdge has two generations of socket functions: an import whose type is
// not that of the plain function gets the one with the suffix _v2, if its type
// is that. When neither fits, ok is false and want is the type of the plain
// function; a name that does not exist gives the zero want.
func Resolve(module, name string, t Signature) (function string, want Signature, ok bool) {
	plain := find(module, name)
	if plain == nil {
		return "", Signature{}, false
	}
	if plain.signature().Equal(t) {
		return name, plain.signature(), true
	}
	if v2 := find(module, name+"_v2"); v2 != nil && v2.signature().Equal(t) {
		return v2.name, v2.signature(), true
	}
	return "", plain.signature(), false
}

// Import is a function that a module imports.
type Import struct {
	Name     string // the name it is imported by
	Function string // the function that it means, from [Resolve]; empty for that of the same name
}

// Register makes an instance of module, one of the two names above, in rt with
// the functions in imports and no others. The instance has no name in rt, so that
// each host can have its own: guests are given it by an import resolver. An import
// that the module does not have is an error. Names that occur twice are defined
// once. Pointers are into the memory of the calling module, or of holder unless
// that is nil.
func (h *Host) Register(ctx context.Context, rt wazero.Runtime, module string, imports []Import, holder api.Module) (api.Module, error) {
	h.sought.imported(imports)
	b := rt.NewHostModuleBuilder(module)
	defined := make(map[string]bool, len(imports))
	for _, i := range imports {
		name := i.Function
		if name == "" {
			name = i.Name
		}
		f := find(module, name)
		if f == nil {
			return nil, fmt.Errorf("register %s: no function %q", module, name)
		}
		if defined[i.Name] {
			continue
		}
		defined[i.Name] = true
		b.NewFunctionBuilder().
			WithGoModuleFunction(h.timed(h.entry(f, holder)), f.types, f.signature().Results).
			WithName(module + "." + f.name).
			WithParameterNames(f.parameterNames()...).
			Export(i.Name)
	}
	code, err := b.Compile(ctx)
	if err != nil {
		return nil, fmt.Errorf("register %s: %w", module, err)
	}
	m, err := rt.InstantiateModule(ctx, code, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		return nil, fmt.Errorf("register %s: %w", module, err)
	}
	return m, nil
}

// parameterNames are the names of f's parameters as they are shown in the
// engine's stack traces.
func (f *function) parameterNames() []string {
	names := strings.Fields(f.params)
	for i, n := range names {
		names[i] = n[strings.IndexByte(n, '.')+1:]
	}
	return names
}

// entry is what the engine calls for f; holder is that of [Host.Register].
func (h *Host) entry(f *function, holder api.Module) api.GoModuleFunc {
	switch {
	case h.replay != nil:
		return h.replay.entry(f, holder)
	case h.config.Trace != nil:
		return h.tracedEntry(f, holder)
	case h.journal != nil:
		return h.journaledEntry(f, holder)
	}
	return func(_ context.Context, mod api.Module, stack []uint64) {
		if holder != nil {
			mod = holder
		}
		errno := f.invoke(h, memoryOf(mod), stack)
		if cause := h.cause.Load(); cause != nil {
			panic(*cause)
		}
		stack[0] = uint64(errno)
	}
}

// timed is entry with its time told to [Config.Spent], if that is wanted.
func (h *Host) timed(entry api.GoModuleFunc) api.GoModuleFunc {
	if h.config.Spent == nil {
		return entry
	}
	return func(ctx context.Context, mod api.Module, stack []uint64) {
		began := time.Now()
		defer func() { h.config.Spent(time.Since(began)) }()
		entry(ctx, mod, stack)
	}
}
