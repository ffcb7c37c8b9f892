package wat

import (
	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/wasm"
	"sync"
)

// primitiveWords are the primitive value types by keyword.
var primitiveWords = sync.OnceValue(func() map[string]component.Primitive {
	return map[string]component.Primitive{
		"bool": component.Bool, "s8": component.S8, "u8": component.U8, "s16": component.S16, "u16": component.U16,
		"s32": component.S32, "u32": component.U32, "s64": component.S64, "u64": component.U64,
		"f32": component.F32, "f64": component.F64, "float32": component.F32, "float64": component.F64,
		"char": component.Char, "string": component.String, "error-context": component.ErrorContext,
	}
})

// compoundWords are the forms of types with parts by keyword.
var compoundWords = sync.OnceValue(func() map[string]component.TypeForm {
	return map[string]component.TypeForm{
		"record": component.FormRecord, "variant": component.FormVariant, "list": component.FormList,
		"tuple": component.FormTuple, "flags": component.FormFlags, "enum": component.FormEnum,
		"option": component.FormOption, "result": component.FormResult, "own": component.FormOwn,
		"borrow": component.FormBorrow, "stream": component.FormStream, "future": component.FormFuture,
		"map": component.FormMap, "func": component.FormFunc, "component": component.FormComponent,
		"instance": component.FormInstance, "resource": component.FormResource,
	}
})

// typeField consumes the definition, import or alias of a type.
func (p *componentParser) typeField() {
	p.named(component.SortType, p.typeBound, func(at int, id string) uint32 {
		t := p.defType(id)
		return p.define(component.SortType, at, id, t)
	})
}

// defType consumes a type. Types within, that have no index, are defined before it.
func (p *componentParser) defType(name string) *component.Type {
	if p.tok.kind == tokKeyword {
		prim, ok := primitiveWords()[p.text()]
		if !ok {
			p.unexpected("a type")
		}
		p.advance()
		return &component.Type{Form: component.TypeForm(prim)}
	}
	if p.tok.kind != tokLParen {
		p.unexpected("a type")
		return &component.Type{}
	}
	p.advance()
	form, ok := compoundWords()[p.text()]
	if p.tok.kind != tokKeyword || !ok {
		p.unexpected("a type")
		return &component.Type{}
	}
	p.advance()
	t := &component.Type{Form: form}
	p.compound(t, name)
	p.close()
	return t
}

// compound consumes what is behind the keyword of a type.
func (p *componentParser) compound(t *component.Type, name string) {
	switch t.Form {
	case component.FormRecord:
		for p.open("field") {
			t.Labels = append(t.Labels, component.Label{Name: p.utf8Name(), Type: p.someType()})
			p.close()
		}
	case component.FormVariant:
		for p.open("case") {
			p.optIdentifier()
			t.Labels = append(t.Labels, component.Label{Name: p.utf8Name(), Type: p.optionalType()})
			p.close()
		}
	case component.FormFlags, component.FormEnum:
		for p.tok.kind == tokString {
			t.Labels = append(t.Labels, component.Label{Name: p.utf8Name()})
		}
	case component.FormTuple:
		for p.more() {
			t.Tuple = append(t.Tuple, p.componentValType())
		}
	case component.FormList:
		t.Elem = p.someType()
		if p.tok.kind == tokNumber {
			t.Form, t.Length = component.FormFixedList, uint32(p.uint(32))
		}
	case component.FormOption:
		t.Elem = p.someType()
	case component.FormMap:
		t.Elem, t.Second = p.someType(), p.someType()
	case component.FormResult:
		if !p.opens("error") {
			t.Elem = p.optionalType()
		}
		if p.open("error") {
			t.Second = p.someType()
			p.close()
		}
	case component.FormStream, component.FormFuture:
		p.asynchronous("the type of a stream or future")
	case component.FormOwn, component.FormBorrow:
		t.Index = p.ref(component.SortType, false)
	case component.FormFunc:
		p.functionType(t)
	case component.FormResource:
		p.resourceType(t)
	case component.FormComponent, component.FormInstance:
		t.Declarations = p.within(name, func(*componentScope) {
			for p.more() {
				p.declaration(t.Form)
			}
		}).list
	}
}

// asynchronous refuses what is of the asynchronous component model.
func (p *componentParser) asynchronous(what string) {
	p.failAt(p.tok.start, "%s is of the asynchronous component model (WASI 0.3), which is not supported", what)
}

// componentValType consumes a value type. One that is written out is defined first.
func (p *componentParser) componentValType() component.ValType {
	if p.isIndex() {
		return component.ValType{Index: p.index(component.SortType)}
	}
	if prim, ok := primitiveWords()[p.text()]; ok && p.tok.kind == tokKeyword {
		p.advance()
		return component.ValType{Primitive: prim}
	}
	if p.opens("type") {
		return component.ValType{Index: p.ref(component.SortType, false)}
	}
	return component.ValType{Index: p.defineType(p.defType(""))}
}

// defineType adds a type that nothing names.
func (p *componentParser) defineType(t *component.Type) uint32 {
	return p.define(component.SortType, p.tok.start, "", t)
}

func (p *componentParser) someType() *component.ValType {
	t := p.componentValType()
	return &t
}

func (p *componentParser) optionalType() *component.ValType {
	if !p.more() {
		return nil
	}
	return p.someType()
}

// functionType consumes parameters and result.
func (p *componentParser) functionType(t *component.Type) {
	if p.is(p.tok, "async") {
		p.asynchronous("the type of an async function")
	}
	for p.open("param") {
		t.Labels = append(t.Labels, component.Label{Name: p.utf8Name(), Type: p.someType()})
		p.close()
	}
	if p.open("result") {
		t.Elem = p.someType()
		p.close()
	}
}

func (p *componentParser) resourceType(t *component.Type) {
	if !p.open("rep") {
		p.unexpected("(rep")
		return
	}
	t.Rep = p.valType()
	p.close()
	if p.open("dtor") {
		f := p.ref(component.SortCoreFunc, p.opens("func"))
		t.Destructor = &f
		p.close()
	}
}

// declaration consumes a declaration of a component or instance type.
func (p *componentParser) declaration(form component.TypeForm) {
	if p.tok.kind != tokLParen {
		p.unexpected("a declaration")
		return
	}
	p.advance()
	switch {
	case p.keyword("core"):
		if !p.keyword("type") {
			p.unexpected("type")
			return
		}
		p.coreType(false)
	case p.keyword("type"):
		p.typeField()
	case p.keyword("alias"):
		p.aliasField()
	case p.is(p.tok, "import") && form == component.FormComponent:
		p.advance()
		p.importField()
	case p.keyword("export"):
		n := p.externName()
		at, id, t := p.componentExternType()
		p.define(t.Sort, at, id, &component.ExportDecl{Name: n, Type: t})
	default:
		p.unexpected("a declaration")
	}
	p.close()
}

// componentExternType consumes the sort and type of an import or export, with the
// identifier that it may have.
func (p *componentParser) componentExternType() (at int, id string, t component.ExternType) {
	if p.tok.kind != tokLParen {
		p.unexpected("(")
		return 0, "", t
	}
	p.advance()
	sort := p.sort(false)
	at, id = p.id()
	t = component.ExternType{Sort: sort}
	switch sort {
	case component.SortCoreModule:
		t = p.moduleTypeUse()
	case component.SortFunc, component.SortComponent, component.SortInstance:
		t.Index = p.typeUse(sort)
	case component.SortType:
		t = p.typeBound()
	case component.SortValue:
		p.failAt(at, "imports and exports of values are not supported")
	default:
		p.failAt(at, "a %s is not a valid import or export of a component", sort)
	}
	p.close()
	return at, id, t
}

// typeBound consumes (eq type) or (sub resource).
func (p *componentParser) typeBound() component.ExternType {
	t := component.ExternType{Sort: component.SortType}
	switch {
	case p.open("eq"):
		t.Index = p.ref(component.SortType, false)
	case p.open("sub"):
		t.SubResource = true
		if !p.keyword("resource") {
			p.unexpected("resource")
		}
	default:
		p.unexpected("(eq or (sub")
	}
	p.close()
	return t
}

// opensTypeUse reports whether "(type index" is next, and not the definition of a type.
func (p *componentParser) opensTypeUse() bool {
	if !p.opens("type") {
		return false
	}
	mark := p.tok.start
	p.open("type")
	index := p.isIndex() && p.ahead.kind != tokLParen && p.ahead.kind != tokKeyword
	p.seek(mark)
	return index
}

// typeUse consumes (type index), or what is behind the keyword of a type, which is defined
// then.
func (p *componentParser) typeUse(sort component.Sort) uint32 {
	if p.opensTypeUse() {
		p.open("type")
		n := p.index(component.SortType)
		if p.tok.kind == tokString { // an export of an instance
			n = p.alias(component.SortType, "", &component.Alias{Kind: component.AliasExport, Sort: component.SortType, Instance: n, Name: p.utf8Name()})
		}
		p.close()
		return n
	}
	t := &component.Type{Form: map[component.Sort]component.TypeForm{
		component.SortFunc: component.FormFunc, component.SortComponent: component.FormComponent, component.SortInstance: component.FormInstance,
	}[sort]}
	p.compound(t, "")
	return p.defineType(t)
}

// coreType consumes the definition of a core type, or of a group of them.
func (p *componentParser) coreType(group bool) {
	s := p.scope
	if !group {
		at, id := p.id()
		if p.open("module") {
			t := p.moduleType()
			p.close()
			s.core.placeholder(id)
			p.define(component.SortCoreType, at, id, &component.CoreType{Module: t})
			return
		}
		p.core(func() {
			p.bindCore(id)
			p.recGroup(false, func() { p.coreTypeDef() })
		})
		s.identify(id, s.core.spaces.types.n-1)
		return
	}
	p.core(func() {
		p.recGroup(true, func() { p.coreGroup(s.identify) })
	})
}

// coreGroup consumes the types of a recursion group, which refer to each other, and tells
// bound their identifiers.
func (p *componentParser) coreGroup(bound func(id string, n uint32)) {
	mark := p.tok.start
	for p.open("type") {
		_, id := p.id()
		p.bindCore(id)
		bound(id, p.spaces.types.n-1)
		p.skip(1, "")
		p.advance()
	}
	p.seek(mark)
	for p.open("type") {
		p.id()
		p.coreTypeDef()
		p.close()
	}
}

// identify binds id, if there is one, to core type n.
func (s *componentScope) identify(id string, n uint32) {
	if id != "" {
		s.bind(component.SortCoreType, id, n)
	}
}

// core runs read, which reads core types, and defines those that it has read.
func (p *componentParser) core(read func()) {
	s := p.scope
	groups := len(s.core.m.RecGroups)
	p.withCore(&s.core, func(_ *space, name string) (uint32, bool) { return 0, false }, read)
	for _, g := range s.core.m.RecGroups[groups:] {
		s.list = append(s.list, &component.CoreType{Rec: group(s.core.m, g)})
		s.count[component.SortCoreType] += g.Len
	}
}

// bindCore gives the next core type an identifier.
func (p *componentParser) bindCore(id string) {
	if _, fresh := p.spaces.types.add(id); !fresh {
		p.failAt(p.tok.start, "duplicate core type identifier $%s", clip(id))
	}
}

// coreTypeDef consumes a sub type or composite type, and leaves the parenthesis that closes
// the definition.
func (p *componentParser) coreTypeDef() {
	sub := wasm.SubType{Final: true}
	if p.open("sub") {
		sub.Final = p.keyword("final")
		for p.isIndex() {
			sub.Supers = append(sub.Supers, p.parser.ref(&p.spaces.types))
		}
		p.compType(&sub)
		p.close()
	} else {
		p.compType(&sub)
	}
	p.parser.m.Types = append(p.parser.m.Types, sub)
}

// group is a module that has nothing but the group g of m.
func group(m *wasm.Module, g wasm.RecGroup) *wasm.Module {
	return &wasm.Module{Types: m.Types[g.Start : g.Start+g.Len], RecGroups: []wasm.RecGroup{{Len: g.Len, Explicit: g.Explicit}}}
}

// moduleTypeUse consumes the type of a module: (type index), or its declarations, which
// are defined as a type then.
func (p *componentParser) moduleTypeUse() component.ExternType {
	t := component.ExternType{Sort: component.SortCoreModule}
	if p.opensTypeUse() {
		p.open("type")
		t.Index = p.index(component.SortCoreType)
		p.close()
		return t
	}
	m := p.moduleType()
	p.scope.core.placeholder("")
	t.Index = p.define(component.SortCoreType, p.tok.start, "", &component.CoreType{Module: m})
	return t
}

// moduleType consumes the declarations of a module type, which has core types of its own.
func (p *componentParser) moduleType() *component.ModuleType {
	t := &component.ModuleType{}
	own := newCoreScope()
	seen := 0
	add := func(d component.ModuleDecl) {
		for ; seen < len(own.m.RecGroups); seen++ {
			t.Declarations = append(t.Declarations, component.ModuleDecl{Type: &component.CoreType{Rec: group(own.m, own.m.RecGroups[seen])}})
		}
		if d != (component.ModuleDecl{}) {
			t.Declarations = append(t.Declarations, d)
		}
	}
	alias := func(id string, a *component.Alias) uint32 {
		add(component.ModuleDecl{Outer: a})
		p.parser.m.Types = append(p.parser.m.Types, wasm.SubType{})
		n, _ := p.spaces.types.add(id)
		return n
	}
	outer := func(s *space, name string) (uint32, bool) {
		if s.what != "type" {
			return 0, false
		}
		count := uint32(1)
		for o := p.scope; o != nil; o = o.outer {
			if n, ok := o.ids[component.SortCoreType][name]; ok {
				return alias(name, &component.Alias{Kind: component.AliasOuter, Sort: component.SortCoreType, Count: count, Index: n}), true
			}
			count++
		}
		return 0, false
	}
	p.withCore(&own, outer, func() {
		for p.more() {
			p.moduleDecl(add, alias)
		}
		add(component.ModuleDecl{})
	})
	return t
}

// moduleDecl consumes a declaration of a module type.
func (p *componentParser) moduleDecl(add func(component.ModuleDecl), alias func(string, *component.Alias) uint32) {
	switch {
	case p.open("import"):
		im := wasm.Import{Module: p.utf8Name(), Name: p.utf8Name()}
		p.externType(&im)
		add(component.ModuleDecl{Import: &im})
	case p.open("export"):
		im := wasm.Import{Name: p.utf8Name()}
		p.externType(&im)
		add(component.ModuleDecl{Export: &im})
	case p.open("type"):
		_, id := p.id()
		if p.open("alias") { // (type $t (alias outer ...))
			alias(id, p.moduleOuter())
			p.close()
			break
		}
		p.bindCore(id)
		p.recGroup(false, func() { p.coreTypeDef() })
		add(component.ModuleDecl{})
	case p.open("rec"):
		p.recGroup(true, func() { p.coreGroup(func(string, uint32) {}) })
		add(component.ModuleDecl{})
	case p.open("alias"):
		a := p.moduleOuter()
		if !p.open("type") {
			p.unexpected("(type")
		}
		_, id := p.id()
		p.close()
		alias(id, a)
	default:
		p.unexpected("a declaration of a module type")
		return
	}
	p.close()
}

// moduleOuter consumes what an alias within a module type stands for. The module type
// itself is scope 0.
func (p *componentParser) moduleOuter() *component.Alias {
	a := &component.Alias{Sort: component.SortCoreType}
	if !p.keyword("outer") {
		p.unexpected("outer")
		return a
	}
	if p.tok.kind == tokID {
		p.outerTarget(a)
		a.Count++
		return a
	}
	a.Kind, a.Count = component.AliasOuter, uint32(p.uint(32))
	if p.tok.kind != tokID {
		a.Index = uint32(p.uint(32))
		return a
	}
	s := p.scope
	for n := uint32(1); n < a.Count && s != nil; n++ {
		s = s.outer
	}
	at, name := p.tok.start, p.identifier()
	ok := false
	if s != nil {
		a.Index, ok = s.ids[component.SortCoreType][name]
	}
	if !ok {
		p.failAt(at, "unknown core type $%s: failed to find name", clip(name))
	}
	return a
}
