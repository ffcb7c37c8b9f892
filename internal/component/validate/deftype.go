package validate

import (
	"strings"

	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/component/types"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

const (
	// maxValueSize is what no value may take in memory (Binary.md, "Type Definitions").
	maxValueSize = 1 << 28

	// maxFlags is how many flags a type may have.
	maxFlags = 32

	// maxTypes bounds how many parts all types of a scope have together, each counted
	// with the parts of its parts: what is written small can be large.
	maxTypes = 1_000_000
)

// typeDef checks the definition of a type.
func (s *scope) typeDef(d *component.Type) (*types.Type, error) {
	switch d.Form {
	case component.FormFunc:
		f, err := s.function(d)
		return &types.Type{Func: f}, err
	case component.FormResource:
		return s.resource(d)
	case component.FormComponent, component.FormInstance:
		return s.declarations(d)
	case component.FormAsyncFunc, component.FormStream, component.FormFuture:
		return nil, failed(fault.ComponentNotImplValidator, "async functions, streams and futures are of the asynchronous component model (WASI 0.3), which is not supported")
	}
	v, err := s.value(d)
	return &types.Type{Value: v}, err
}

// addType appends t to the index space.
func (s *scope) addType(t *types.Type) error {
	if t.Value != nil {
		s.size += t.Value.Parts()
	}
	if s.size++; s.size > maxTypes {
		return failed(fault.IllegalGrammar, "effective type size exceeds the limit of %d", maxTypes)
	}
	s.types = append(s.types, t)
	return nil
}

// valType resolves a value type.
func (s *scope) valType(v component.ValType) (types.ValType, error) {
	if v.Primitive == component.ErrorContext {
		return types.ValType{}, failed(fault.ComponentNotImplValidator, "error-context is of the asynchronous component model (WASI 0.3), which is not supported")
	}
	if v.Primitive != component.NoPrimitive {
		return types.ValType{Primitive: v.Primitive}, nil
	}
	t, err := at(s.types, v.Index, component.SortType)
	if err != nil {
		return types.ValType{}, err
	}
	if t.Value == nil {
		return types.ValType{}, failed(fault.NotADefinedType, "type index %d is not a defined type", v.Index)
	}
	return types.ValType{Type: t}, nil
}

func (s *scope) optional(v *component.ValType) (*types.ValType, error) {
	if v == nil {
		return nil, nil
	}
	t, err := s.valType(*v)
	return &t, err
}

// labelRules has what messages say of the labels of types, and the codes of WasmEdge.
type labelRules struct {
	what, short string // "record field", and "field"
	conflict    fault.Code
}

var (
	fieldLabels     = labelRules{"record field", "field", fault.RecordFieldNameConflicts}
	caseLabels      = labelRules{"variant case", "case", fault.VariantCaseNameConflicts}
	flagLabels      = labelRules{"flag", "flag", fault.FlagNameConflicts}
	tagLabels       = labelRules{"enum tag", "tag", fault.EnumTagNameConflicts}
	parameterLabels = labelRules{"function parameter", "parameter", fault.ComponentDuplicateName}
)

// labels checks that labels are formed and unique, and resolves their types.
func (s *scope) labels(list []component.Label, r labelRules) ([]types.Label, error) {
	made := make([]types.Label, len(list))
	taken := map[string]string{}
	for i, l := range list {
		switch {
		case l.Name == "":
			return nil, failed(fault.NameCannotBeEmpty, "%s name cannot be empty", r.what)
		case !isKebab(l.Name):
			return nil, failed(fault.ComponentInvalidName, "%s name `%s` is not in kebab case", r.what, l.Name)
		}
		unique := strings.ToLower(l.Name)
		if previous, dup := taken[unique]; dup {
			return nil, failed(r.conflict, "%s name `%s` conflicts with previous %s name `%s`", r.what, l.Name, r.short, previous)
		}
		taken[unique] = l.Name
		t, err := s.optional(l.Type)
		if err != nil {
			return nil, err
		}
		made[i] = types.Label{Name: l.Name, Type: t}
	}
	return made, nil
}

// value checks a value type.
func (s *scope) value(d *component.Type) (*types.Value, error) {
	v := &types.Value{Form: d.Form, Length: d.Length}
	if err := s.parts(v, d); err != nil {
		return nil, err
	}
	v.Complete()
	if v.Parts() > maxTypes {
		return nil, failed(fault.IllegalGrammar, "effective type size exceeds the limit of %d", maxTypes)
	}
	if size := (types.ValType{Type: &types.Type{Value: v}}).Layout(types.Pointer64).Size; size >= maxValueSize {
		return nil, failed(fault.IllegalGrammar, "type size exceeds the maximum: values of it take %d bytes or more", maxValueSize)
	}
	return v, nil
}

// parts checks and resolves what v is made of.
func (s *scope) parts(v *types.Value, d *component.Type) (err error) {
	empty := func(code fault.Code, text string) error {
		if len(d.Labels) == 0 && len(d.Tuple) == 0 {
			return failed(code, "%s", text)
		}
		return nil
	}
	switch d.Form {
	case component.FormRecord:
		if err = empty(fault.MalformedRecordType, "record type must have at least one field"); err == nil {
			v.Labels, err = s.labels(d.Labels, fieldLabels)
		}
		return err
	case component.FormVariant:
		if err = empty(fault.VariantMustHaveCase, "variant type must have at least one case"); err == nil {
			v.Labels, err = s.labels(d.Labels, caseLabels)
		}
		return err
	case component.FormEnum:
		if err = empty(fault.MalformedDefType, "enum type must have at least one variant"); err == nil {
			v.Labels, err = s.labels(d.Labels, tagLabels)
		}
		return err
	case component.FormFlags:
		if len(d.Labels) > maxFlags {
			return failed(fault.CannotHaveMoreThan32Flags, "cannot have more than %d flags", maxFlags)
		}
		if err = empty(fault.MalformedFlagsType, "flags must have at least one entry"); err == nil {
			v.Labels, err = s.labels(d.Labels, flagLabels)
		}
		return err
	case component.FormTuple:
		return s.tuple(v, d)
	case component.FormOwn, component.FormBorrow:
		v.Handle, err = s.resourceType(d.Index)
		return err
	case component.FormFixedList:
		if d.Length == 0 {
			return failed(fault.MalformedDefType, "fixed-length lists must have at least one element")
		}
	}
	if v.Elem, err = s.optional(d.Elem); err != nil {
		return err
	}
	if v.Second, err = s.optional(d.Second); err != nil {
		return err
	}
	if d.Form == component.FormMap && !isKey(*v.Elem) {
		return failed(fault.MalformedDefType, "invalid map key type: keys are booleans, integers, characters and strings")
	}
	return nil
}

func (s *scope) tuple(v *types.Value, d *component.Type) error {
	if len(d.Tuple) == 0 {
		return failed(fault.MalformedTupleType, "tuple type must have at least one type")
	}
	for _, t := range d.Tuple {
		r, err := s.valType(t)
		if err != nil {
			return err
		}
		v.Tuple = append(v.Tuple, r)
	}
	return nil
}

// isKey reports whether maps may have keys of type t.
func isKey(t types.ValType) bool {
	p := t.Primitive
	if t.Type != nil {
		p, _ = t.Type.Value.Primitive()
	}
	switch p {
	case component.NoPrimitive, component.F32, component.F64, component.ErrorContext:
		return false
	}
	return true
}

// resourceType is type i, which has to be a resource type.
func (s *scope) resourceType(i uint32) (*types.Type, error) {
	t, err := at(s.types, i, component.SortType)
	if err != nil {
		return nil, err
	}
	if t.Resource == nil {
		return nil, failed(fault.InvalidTypeReference, "type index %d is not a resource type", i)
	}
	return t, nil
}

func (s *scope) function(d *component.Type) (*types.Func, error) {
	params, err := s.labels(d.Labels, parameterLabels)
	if err != nil {
		return nil, err
	}
	result, err := s.optional(d.Elem)
	if err != nil {
		return nil, err
	}
	if result != nil && result.Borrows() {
		return nil, failed(fault.InvalidTypeReference, "function result cannot contain a `borrow` type")
	}
	return &types.Func{Params: params, Result: result}, nil
}

// resource checks the definition of a resource type.
func (s *scope) resource(d *component.Type) (*types.Type, error) {
	if s.kind != componentScope {
		return nil, failed(fault.InvalidTypeReference, "resources can only be defined within a concrete component")
	}
	if d.Destructor != nil {
		f, err := at(s.core[component.SortCoreFunc], *d.Destructor, component.SortCoreFunc)
		if err != nil {
			return nil, err
		}
		if f.Type != s.v.signature(wasm.FuncType{Params: []wasm.ValType{d.Rep}}) {
			return nil, failed(fault.ArgTypeMismatch, "wrong signature for a destructor: expected [%s] -> []", d.Rep)
		}
	}
	r := &types.Resource{Rep: d.Rep}
	s.local[r] = true
	s.made.Defined = append(s.made.Defined, r)
	return &types.Type{Resource: r}, nil
}

// signature is the identity of a core function type.
func (v *validator) signature(f wasm.FuncType) wasm.TypeID {
	m := &wasm.Module{
		Types:     []wasm.SubType{{Final: true, Kind: wasm.CompFunc, Func: f}},
		RecGroups: []wasm.RecGroup{{Len: 1}},
	}
	return v.store.Space(m).IDs[0]
}

// declarations checks a component or instance type.
func (s *scope) declarations(d *component.Type) (*types.Type, error) {
	kind := instanceTypeScope
	if d.Form == component.FormComponent {
		kind = componentTypeScope
	}
	inner := newScope(s.v, s, kind)
	for _, decl := range d.Declarations {
		if err := inner.declaration(decl); err != nil {
			return nil, err
		}
	}
	s.size += inner.size
	if kind == componentTypeScope {
		return &types.Type{Component: inner.made}, nil
	}
	return &types.Type{Instance: &types.Instance{Exports: inner.made.Exports, Defined: inner.made.Defined}}, nil
}

// declaration checks a declaration of a component or instance type.
func (s *scope) declaration(d component.Definition) error {
	switch d := d.(type) {
	case *component.ExportDecl:
		_, err := s.exportDecl(d)
		return err
	case *component.Alias:
		if d.Kind == component.AliasCoreExport || d.Kind == component.AliasExport && d.Sort != component.SortInstance && d.Sort != component.SortType {
			return failed(fault.MalformedAliasTarget, "only instances and types may be aliases within types, not a %s", d.Sort)
		}
		_, err := s.alias(d)
		return err
	case *component.Import:
		if s.kind != componentTypeScope {
			return failed(fault.MalformedDefType, "an instance type has no imports")
		}
		_, err := s.importDef(d)
		return err
	case *component.Type, *component.CoreType:
		_, err := s.definition(d)
		return err
	}
	return failed(fault.MalformedDefType, "a definition that types do not have")
}
