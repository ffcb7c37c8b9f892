package validate

import (
	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/component/types"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
	"sync"
)

// canon checks a canonical definition.
func (s *scope) canon(d *component.Canon) (Item, error) {
	switch d.Op {
	case component.CanonLift:
		return s.lift(d)
	case component.CanonLower:
		return s.lower(d)
	}
	t, err := s.resourceType(d.Type)
	if err != nil {
		return Item{}, err
	}
	if d.Op != component.CanonResourceDrop && !s.local[t.Resource] {
		return Item{}, failed(fault.InvalidTypeReference, "type index %d is not a local resource", d.Type)
	}
	f := wasm.FuncType{Params: []wasm.ValType{wasm.I32}}
	switch d.Op {
	case component.CanonResourceNew:
		f = wasm.FuncType{Params: []wasm.ValType{t.Resource.Rep}, Results: []wasm.ValType{wasm.I32}}
	case component.CanonResourceRep:
		f.Results = []wasm.ValType{t.Resource.Rep}
	}
	s.addCoreFunc(f)
	return Item{Type: t}, nil
}

func (s *scope) addCoreFunc(f wasm.FuncType) {
	s.addCore(component.SortCoreFunc, wasm.ExternType{Kind: wasm.ExternFunc, Type: s.v.signature(f)})
}

// canonOptions are the options of a canonical definition, resolved.
type canonOptions struct {
	memory, realloc, postReturn bool
	pointer                     types.Pointer
	postReturnType              wasm.TypeID
}

var encodingNames = [...]string{
	component.OptionUTF8: "utf8", component.OptionUTF16: "utf16", component.OptionLatin1UTF16: "latin1-utf16",
}

var optionNames = sync.OnceValue(func() map[component.OptionKind]string {
	return map[component.OptionKind]string{
		component.OptionMemory: "memory", component.OptionRealloc: "realloc", component.OptionPostReturn: "post-return",
		component.OptionAsync: "async", component.OptionCallback: "callback",
	}
})

// options checks what can be said of options by themselves.
func (s *scope) options(list []component.CanonOption) (canonOptions, error) {
	var o canonOptions
	seen := map[component.OptionKind]bool{}
	encoding := -1
	for _, opt := range list {
		if int(opt.Kind) < len(encodingNames) {
			if encoding >= 0 {
				return o, failed(fault.InvalidCanonOption, "canonical encoding option `%s` conflicts with option `%s`", encodingNames[encoding], encodingNames[opt.Kind])
			}
			encoding = int(opt.Kind)
			continue
		}
		if seen[opt.Kind] {
			return o, failed(fault.InvalidCanonOption, "canonical option `%s` is specified more than once", optionNames()[opt.Kind])
		}
		seen[opt.Kind] = true
	}
	// The type of an address decides on those of the functions.
	for _, opt := range list {
		if opt.Kind == component.OptionMemory {
			m, err := at(s.core[component.SortCoreMemory], opt.Index, component.SortCoreMemory)
			if err != nil {
				return o, failed(fault.InvalidIndex, "unknown memory %d: memory index out of bounds", opt.Index)
			}
			o.memory = true
			if m.Memory.Limits.Addr64 {
				o.pointer = types.Pointer64
			}
			if m.Memory.Limits.Shared {
				return o, failed(fault.InvalidCanonOption, "canonical option `memory` must not be shared")
			}
		}
	}
	for _, opt := range list {
		if err := s.functionOption(&o, opt); err != nil {
			return o, err
		}
	}
	if o.realloc && !o.memory {
		return o, failed(fault.InvalidCanonOption, "canonical option `realloc` requires `memory` to also be specified")
	}
	return o, nil
}

// functionOption resolves an option that is a core function.
func (s *scope) functionOption(o *canonOptions, opt component.CanonOption) error {
	if opt.Kind != component.OptionRealloc && opt.Kind != component.OptionPostReturn {
		return nil
	}
	f, err := at(s.core[component.SortCoreFunc], opt.Index, component.SortCoreFunc)
	if err != nil {
		return err
	}
	if opt.Kind == component.OptionPostReturn {
		o.postReturn, o.postReturnType = true, f.Type
		return nil
	}
	o.realloc = true
	p := o.pointer.Type()
	if f.Type != s.v.signature(wasm.FuncType{Params: []wasm.ValType{p, p, p, p}, Results: []wasm.ValType{p}}) {
		return failed(fault.InvalidCanonOption, "canonical option `realloc` uses a core function with an incorrect signature")
	}
	return nil
}

// need reports an option that is missing.
func need(have bool, name string) error {
	if have {
		return nil
	}
	return failed(fault.InvalidCanonOption, "canonical option `%s` is required", name)
}

// passed reports which options are missing to pass values of the types list: inwards they
// are stored in memory that is allocated, outwards they are loaded.
func (o *canonOptions) passed(list []types.ValType, inMemory, inwards bool) error {
	pointers := inMemory
	allocates := inMemory
	for _, t := range list {
		pointers, allocates = pointers || t.Pointers(), allocates || t.Pointers()
	}
	if pointers {
		if err := need(o.memory, "memory"); err != nil {
			return err
		}
	}
	if inwards && allocates {
		return need(o.realloc, "realloc")
	}
	return nil
}

// lift checks a core function that becomes one of the component.
func (s *scope) lift(d *component.Canon) (Item, error) {
	t, err := at(s.types, d.Type, component.SortType)
	if err != nil {
		return Item{}, err
	}
	if t.Func == nil {
		return Item{}, failed(fault.InvalidTypeReference, "type index %d is not a function type", d.Type)
	}
	f, err := at(s.core[component.SortCoreFunc], d.Func, component.SortCoreFunc)
	if err != nil {
		return Item{}, err
	}
	o, err := s.options(d.Options)
	if err != nil {
		return Item{}, err
	}
	sig := t.Func.Signature(o.pointer, types.Lift)
	if err := o.passed(t.Func.ParamTypes(), sig.ParamsInMem, true); err != nil {
		return Item{}, err
	}
	if err := o.passed(t.Func.ResultTypes(), sig.ResultsInMem, false); err != nil {
		return Item{}, err
	}
	if f.Type != s.v.signature(sig.Core) {
		return Item{}, failed(fault.ArgTypeMismatch, "lowered parameter types or result types `%s` do not match those of core function %d", sig.Core, d.Func)
	}
	if o.postReturn && o.postReturnType != s.v.signature(wasm.FuncType{Params: sig.Core.Results}) {
		return Item{}, failed(fault.InvalidCanonOption, "canonical option `post-return` uses a core function with an incorrect signature")
	}
	s.funcs = append(s.funcs, t.Func)
	return Item{Func: t.Func, Pointer: o.pointer}, nil
}

// lower checks a function of the component that becomes a core function.
func (s *scope) lower(d *component.Canon) (Item, error) {
	f, err := at(s.funcs, d.Func, component.SortFunc)
	if err != nil {
		return Item{}, err
	}
	o, err := s.options(d.Options)
	if err != nil {
		return Item{}, err
	}
	if o.postReturn {
		return Item{}, failed(fault.InvalidCanonOption, "canonical option `post-return` cannot be specified for lowerings")
	}
	sig := f.Signature(o.pointer, types.Lower)
	if err := o.passed(f.ParamTypes(), sig.ParamsInMem, false); err != nil {
		return Item{}, err
	}
	if sig.ResultsInMem {
		if err := need(o.memory, "memory"); err != nil {
			return Item{}, err
		}
	}
	if err := o.passed(f.ResultTypes(), false, true); err != nil {
		return Item{}, err
	}
	s.addCoreFunc(sig.Core)
	return Item{Func: f, Pointer: o.pointer}, nil
}
