package component

import (
	"fmt"

	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// typeDef reads the definition of a type, which depth component and instance types are
// around.
func (s *sectionDecoder) typeDef(depth int) *Type {
	t := &Type{Form: TypeForm(s.Byte())}
	if _, ok := primitiveNames()[Primitive(t.Form)]; ok {
		return t
	}
	switch t.Form {
	case FormRecord:
		t.Labels = s.labels(fault.MalformedRecordType, (*sectionDecoder).field)
	case FormVariant:
		t.Labels = s.labels(fault.MalformedVariantType, (*sectionDecoder).variantCase)
	case FormFlags:
		t.Labels = s.labels(fault.MalformedFlagsType, (*sectionDecoder).bare)
	case FormEnum:
		t.Labels = s.labels(fault.MalformedDefType, (*sectionDecoder).bare)
	case FormTuple:
		for n := s.Count(); n > 0 && s.OK(); n-- {
			t.Tuple = append(t.Tuple, s.valType())
		}
	case FormList, FormOption:
		t.Elem = s.someType()
	case FormFixedList:
		t.Elem, t.Length = s.someType(), s.U32()
	case FormMap:
		t.Elem, t.Second = s.someType(), s.someType()
	case FormResult:
		t.Elem, t.Second = s.optionalType(), s.optionalType()
	case FormStream, FormFuture:
		t.Elem = s.optionalType()
		s.Fail(fault.ComponentNotImplLoader, errConcurrency("the type of a stream or future"))
	case FormOwn, FormBorrow:
		t.Index = s.U32()
	case FormFunc:
		s.function(t)
	case FormAsyncFunc:
		s.function(t)
		s.Fail(fault.ComponentNotImplLoader, errConcurrency("the type of an async function"))
	case FormResource:
		s.resource(t)
	case FormComponent, FormInstance:
		s.declarations(t, depth)
	default:
		s.Fail(fault.MalformedDefType, nil)
	}
	return t
}

// labels reads the labelled parts of a type, of which there have to be some.
func (s *sectionDecoder) labels(empty fault.Code, read func(*sectionDecoder) Label) []Label {
	n := s.Count()
	if s.OK() && n == 0 {
		s.Fail(empty, nil)
	}
	var list []Label
	for ; n > 0 && s.OK(); n-- {
		list = append(list, read(s))
	}
	return list
}

func (s *sectionDecoder) bare() Label  { return Label{Name: s.Name()} }
func (s *sectionDecoder) field() Label { return Label{s.Name(), s.someType()} }

func (s *sectionDecoder) variantCase() Label {
	l := Label{s.Name(), s.optionalType()}
	if s.Byte() != 0 {
		s.Fail(fault.MalformedVariantType, nil)
	}
	return l
}

// valType reads a value type: a primitive one, or an index.
func (s *sectionDecoder) valType() ValType {
	v := s.S33()
	if v >= 0 {
		return ValType{Index: uint32(v)}
	}
	p := Primitive(v & 0x7f)
	if _, ok := primitiveNames()[p]; !ok || v < -64 {
		s.Fail(fault.MalformedDefType, nil)
	}
	return ValType{Primitive: p}
}

func (s *sectionDecoder) someType() *ValType {
	t := s.valType()
	return &t
}

func (s *sectionDecoder) optionalType() *ValType {
	if !s.present() {
		return nil
	}
	return s.someType()
}

// function reads parameters and result of a function type.
func (s *sectionDecoder) function(t *Type) {
	for n := s.Count(); n > 0 && s.OK(); n-- {
		t.Labels = append(t.Labels, s.field())
	}
	switch s.Byte() {
	case 0:
		t.Elem = s.someType()
	case 1:
		if s.Byte() != 0 {
			s.Fail(fault.MalformedDefType, nil)
		}
	default:
		s.Fail(fault.MalformedDefType, nil)
	}
}

func (s *sectionDecoder) resource(t *Type) {
	if t.Rep = s.ValType(); s.OK() && !canonRep(t.Rep) {
		s.Fail(fault.MalformedDefType, nil)
	}
	if s.present() {
		f := s.U32()
		t.Destructor = &f
	}
}

// declarations reads what a component or instance type declares.
func (s *sectionDecoder) declarations(t *Type, depth int) {
	if depth > maxDepth {
		s.Fail(fault.IllegalGrammar, fmt.Errorf("types nest more than %d deep", maxDepth))
		return
	}
	for n := s.Count(); n > 0 && s.OK(); n-- {
		t.Declarations = append(t.Declarations, s.declaration(t.Form, depth))
	}
}

func (s *sectionDecoder) declaration(form TypeForm, depth int) Definition {
	switch b := s.Byte(); {
	case b == 0:
		return s.coreType()
	case b == 1:
		return s.typeDef(depth + 1)
	case b == 2:
		return s.alias()
	case b == 3 && form == FormComponent:
		return s.importDef()
	case b == 4:
		return &ExportDecl{s.name(), s.externType()}
	}
	s.Fail(fault.MalformedDefType, nil)
	return &Type{}
}

// The bytes that begin core types which are not function, struct or array types.
const (
	formNonFinal   = 0x00 // before a sub type that is not final
	formModuleType = 0x50
)

// coreType reads the definition of a core type.
func (s *sectionDecoder) coreType() *CoreType {
	switch s.Peek() {
	case formModuleType:
		s.Byte()
		return &CoreType{Module: s.moduleType()}
	case formNonFinal:
		s.Byte()
		if s.Peek() != formModuleType { // which is the form of sub types that are not final
			s.Fail(fault.MalformedDefType, nil)
		}
	}
	t := &CoreType{Rec: &wasm.Module{}}
	s.RecType(t.Rec)
	return t
}

func (s *sectionDecoder) moduleType() *ModuleType {
	t := &ModuleType{}
	for n := s.Count(); n > 0 && s.OK(); n-- {
		t.Declarations = append(t.Declarations, s.moduleDecl())
	}
	return t
}

func (s *sectionDecoder) moduleDecl() ModuleDecl {
	switch s.Byte() {
	case 0:
		im := s.Import()
		return ModuleDecl{Import: &im}
	case 1:
		if s.Peek() == formModuleType {
			s.Fail(fault.MalformedModuleType, nil)
			return ModuleDecl{}
		}
		return ModuleDecl{Type: s.coreType()}
	case 2:
		if s.Byte() != 0x10 || s.Byte() != 0x01 {
			s.Fail(fault.MalformedModuleType, nil)
		}
		return ModuleDecl{Outer: &Alias{Kind: AliasOuter, Sort: SortCoreType, Count: s.U32(), Index: s.U32()}}
	case 3:
		name := s.Name()
		im := s.ExternType()
		im.Name = name
		return ModuleDecl{Export: &im}
	}
	s.Fail(fault.MalformedModuleType, nil)
	return ModuleDecl{}
}
