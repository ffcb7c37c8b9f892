package wat

import (
	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/wasm"
)

// field consumes a definition of a component.
func (p *componentParser) field() {
	if p.tok.kind != tokLParen {
		p.unexpected("a definition")
		return
	}
	p.advance()
	switch {
	case p.keyword("core"):
		p.coreField()
	case p.keyword("component"):
		p.componentField()
	case p.keyword("instance"):
		p.instanceField()
	case p.keyword("alias"):
		p.aliasField()
	case p.keyword("type"):
		p.typeField()
	case p.keyword("func"):
		p.funcField()
	case p.keyword("canon"):
		p.canonField()
	case p.keyword("import"):
		p.importField()
	case p.keyword("export"):
		p.exportField()
	case p.is(p.tok, "start"), p.is(p.tok, "value"):
		p.failAt(p.tok.start, "values at instantiation are not supported")
	default:
		p.unexpected("a definition")
	}
	p.behind = p.tok.end
	p.close()
}

// coreField consumes a definition of core WebAssembly, behind the keyword core.
func (p *componentParser) coreField() {
	switch {
	case p.keyword("module"):
		p.coreModule()
	case p.keyword("instance"):
		p.coreInstance()
	case p.is(p.tok, "type"):
		p.advance()
		p.coreType(false)
	case p.keyword("rec"):
		p.coreType(true)
	case p.keyword("func"):
		p.coreFunc()
	case p.tok.kind == tokKeyword && coreSortWords()[p.text()] != 0:
		sort := coreSortWords()[p.text()]
		p.advance()
		at, id := p.id()
		p.coreAlias(sort, at, id)
	default:
		p.unexpected("a core definition")
	}
}

// coreAlias consumes (alias core export ...) as the definition of something.
func (p *componentParser) coreAlias(sort component.Sort, at int, id string) {
	if !p.open("alias") {
		p.unexpected("(alias")
		return
	}
	a := p.aliasTarget(sort)
	p.close()
	p.define(sort, at, id, a)
}

// opensAlias reports whether an alias is next that does not say its sort: the definition
// that it stands in does.
func (p *componentParser) opensAlias() bool {
	if !p.opens("alias") {
		return false
	}
	mark := p.tok.start
	p.advance()
	for p.tok.kind != tokLParen && p.more() {
		p.advance()
	}
	closes := p.tok.kind == tokRParen
	p.seek(mark)
	return closes
}

// openAlias consumes "(alias" if it begins an alias that does not say its sort.
func (p *componentParser) openAlias() bool { return p.opensAlias() && p.open("alias") }

// aliasTarget consumes what an alias of the given sort stands for.
func (p *componentParser) aliasTarget(sort component.Sort) *component.Alias {
	a := &component.Alias{Sort: sort}
	switch {
	case p.keyword("export"):
		a.Kind, a.Instance, a.Name = component.AliasExport, p.index(component.SortInstance), p.utf8Name()
	case p.keyword("core"):
		if !p.keyword("export") {
			p.unexpected("export")
		}
		a.Kind, a.Instance, a.Name = component.AliasCoreExport, p.index(component.SortCoreInstance), p.utf8Name()
	case p.keyword("outer"):
		p.outerTarget(a)
	default:
		p.unexpected("export, core export or outer")
	}
	return a
}

// outerTarget consumes a scope and an index there. An identifier is one of that scope.
func (p *componentParser) outerTarget(a *component.Alias) {
	a.Kind = component.AliasOuter
	var s *componentScope
	a.Count, s = p.scopeAt()
	if p.tok.kind != tokID {
		a.Index = uint32(p.uint(32))
		return
	}
	at := p.tok.start
	name := p.identifier()
	ok := false
	if s != nil {
		a.Index, ok = s.ids[a.Sort][name]
	}
	if !ok {
		p.failAt(at, "unknown %s $%s: failed to find name", a.Sort, clip(name))
	}
}

// aliasField consumes an alias that says its sort last.
func (p *componentParser) aliasField() {
	// The sort decides in which index space an identifier is looked for.
	mark := p.tok.start
	for depth := 0; p.err == nil && (depth > 0 || p.tok.kind != tokLParen); p.advance() {
		if p.tok.kind == tokRParen || p.tok.kind == tokEOF {
			p.unexpected("(")
			return
		}
	}
	p.advance()
	sort := p.sort(false)
	at, id := p.id()
	p.close()
	end := p.tok.start
	p.seek(mark)
	a := p.aliasTarget(sort)
	p.seek(end)
	if sort == component.SortCoreType {
		p.scope.core.placeholder(id)
	}
	p.define(sort, at, id, a)
}

// inlineExports consumes the names under which the definition that follows is exported.
func (p *componentParser) inlineExports() []component.Name {
	var names []component.Name
	for p.opensName("export") {
		p.open("export")
		names = append(names, p.externName())
		p.close()
		p.behind = p.last
	}
	return names
}

// opensName reports whether (kw "name") is next, with nothing behind the name: then it is
// about the definition that it stands in, and not one within.
func (p *componentParser) opensName(kw string) bool {
	if !p.opens(kw) {
		return false
	}
	mark := p.tok.start
	p.open(kw)
	if p.tok.kind == tokString {
		p.externName()
	}
	closes := p.tok.kind == tokRParen
	p.seek(mark)
	return closes
}

// export defines an export for each of names.
func (p *componentParser) export(names []component.Name, sort component.Sort, n uint32) {
	for _, name := range names {
		p.define(sort, p.tok.start, "", &component.Export{Name: name, Sort: sort, Index: n})
	}
}

// externName consumes the name of an import or export with its attributes.
func (p *componentParser) externName() component.Name {
	n := component.Name{Name: p.utf8Name()}
	for {
		var at **string
		switch {
		case p.opens("implements"):
			at = &n.Implements
		case p.opens("versionsuffix"):
			at = &n.VersionSuffix
		case p.opens("external-id"):
			at = &n.ExternalID
		default:
			return n
		}
		if *at != nil {
			p.unexpected("another attribute, or a type")
			return n
		}
		p.advance()
		p.advance()
		text := p.utf8Name()
		*at = &text
		p.close()
	}
}

// inlineImport consumes (import "name") if it is next.
func (p *componentParser) inlineImport() (n component.Name, ok bool) {
	if !p.opensName("import") {
		return n, false
	}
	p.open("import")
	n = p.externName()
	p.close()
	return n, true
}

// defineImport adds an import.
func (p *componentParser) defineImport(at int, id string, n component.Name, t component.ExternType) uint32 {
	return p.define(t.Sort, at, id, &component.Import{Name: n, Type: t})
}

// named consumes what most definitions have in common: an identifier, the names under which
// it is exported, and then an import, an alias, or what own consumes, which defines it.
func (p *componentParser) named(sort component.Sort, imported func() component.ExternType, own func(at int, id string) uint32) {
	at, id := p.id()
	exports := p.inlineExports()
	var n uint32
	switch name, is := p.inlineImport(); {
	case is:
		n = p.defineImport(at, id, name, imported())
	case p.openAlias():
		a := p.aliasTarget(sort)
		p.close()
		n = p.define(sort, at, id, a)
	default:
		n = own(at, id)
	}
	p.export(exports, sort, n)
}

// used is the type of an import of the given sort.
func (p *componentParser) used(sort component.Sort) func() component.ExternType {
	return func() component.ExternType { return component.ExternType{Sort: sort, Index: p.typeUse(sort)} }
}

// coreModule consumes a module, or the import or alias of one.
func (p *componentParser) coreModule() {
	p.named(component.SortCoreModule, p.moduleTypeUse, func(at int, id string) uint32 {
		return p.define(component.SortCoreModule, at, id, &component.Module{Module: p.moduleHere(p.behind, id)})
	})
}

// moduleHere reads the fields of a module that begin at offset from, up to the
// parenthesis that closes it.
func (p *componentParser) moduleHere(from int, name string) *wasm.Module {
	p.seek(from)
	source := &ModuleSource{script: p.lex.src, start: from, name: name}
	switch {
	case p.keyword("binary"):
		m, err := wasm.Decode(p.strings(), everything)
		if err != nil {
			p.failAt(from, "%s", err)
		}
		return m
	case p.keyword("quote"):
		source.Form, source.Data = QuotedModule, p.strings()
	default:
		p.skipFields(source)
	}
	if p.err != nil {
		return &wasm.Module{}
	}
	end := p.tok.start
	m, err := source.Parse()
	if err != nil {
		p.err = err
		return &wasm.Module{}
	}
	p.seek(end)
	return m
}

// skipFields moves to the parenthesis that closes a module.
func (p *componentParser) skipFields(m *ModuleSource) {
	for depth := 0; p.err == nil; p.advance() {
		switch p.tok.kind {
		case tokLParen:
			depth++
		case tokRParen:
			if depth == 0 {
				m.end = p.tok.start
				return
			}
			depth--
		case tokEOF:
			p.unexpected(")")
		}
	}
}

// coreInstance consumes the definition of a core instance.
func (p *componentParser) coreInstance() {
	at, id := p.id()
	p.define(component.SortCoreInstance, at, id, p.coreInstanceExpr())
}

func (p *componentParser) coreInstanceExpr() *component.CoreInstance {
	if !p.open("instantiate") {
		return &component.CoreInstance{Inline: true, Exports: p.coreExports()}
	}
	i := &component.CoreInstance{Module: p.ref(component.SortCoreModule, true)}
	for p.open("with") {
		a := component.CoreArg{Name: p.utf8Name()}
		if !p.opens("instance") {
			p.unexpected("(instance")
			break
		}
		p.advance()
		p.advance()
		if p.isIndex() {
			a.Instance = p.index(component.SortCoreInstance)
		} else {
			a.Instance = p.define(component.SortCoreInstance, p.tok.start, "", &component.CoreInstance{Inline: true, Exports: p.coreExports()})
		}
		p.close()
		p.close()
		i.Args = append(i.Args, a)
	}
	p.close()
	return i
}

// coreExports consumes (export "name" (sort index))*.
func (p *componentParser) coreExports() []component.CoreExport {
	var list []component.CoreExport
	for p.open("export") {
		e := component.CoreExport{Name: p.utf8Name()}
		if p.tok.kind != tokLParen {
			p.unexpected("(")
			break
		}
		e.Sort, e.Index = p.externRef(true)
		p.close()
		list = append(list, e)
	}
	return list
}

// componentField consumes a component, or the import or alias of one.
func (p *componentParser) componentField() {
	p.named(component.SortComponent, p.used(component.SortComponent), func(at int, id string) uint32 {
		c := p.nestedComponent(id)
		return p.define(component.SortComponent, at, id, &component.Nested{Component: c})
	})
}

// nestedComponent reads a component within another.
func (p *componentParser) nestedComponent(id string) *component.Component {
	if p.keyword("binary") {
		at := p.tok.start
		c, err := component.Decode(p.strings(), everything)
		if err != nil {
			p.failAt(at, "%s", err)
		}
		return c
	}
	return p.component(id)
}

// instanceField consumes the definition, import or alias of an instance.
func (p *componentParser) instanceField() {
	p.named(component.SortInstance, p.used(component.SortInstance), func(at int, id string) uint32 {
		i := p.instanceExpr()
		return p.define(component.SortInstance, at, id, i)
	})
}

func (p *componentParser) instanceExpr() *component.Instance {
	if !p.open("instantiate") {
		return &component.Instance{Inline: true, Exports: p.instanceExports()}
	}
	i := &component.Instance{Component: p.ref(component.SortComponent, false)}
	for p.open("with") {
		i.Args = append(i.Args, p.instanceArg())
		p.close()
	}
	p.close()
	return i
}

// instanceArg consumes what is given for an import.
func (p *componentParser) instanceArg() component.Arg {
	a := component.Arg{Name: p.utf8Name()}
	if p.tok.kind != tokLParen {
		p.unexpected("(")
		return a
	}
	if p.opens("instance") && !p.instanceRefAhead() {
		p.open("instance")
		a.Sort = component.SortInstance
		a.Index = p.define(component.SortInstance, p.tok.start, "", &component.Instance{Inline: true, Exports: p.instanceExports()})
		p.close()
		return a
	}
	a.Sort, a.Index = p.externRef(false)
	return a
}

// instanceRefAhead reports whether (instance is followed by an index.
func (p *componentParser) instanceRefAhead() bool {
	mark := p.tok.start
	p.open("instance")
	is := p.isIndex()
	p.seek(mark)
	return is
}

// instanceExports consumes (export "name" (sort index))*.
func (p *componentParser) instanceExports() []component.InlineExport {
	var list []component.InlineExport
	for p.open("export") {
		e := component.InlineExport{Name: p.externName()}
		if p.tok.kind != tokLParen {
			p.unexpected("(")
			break
		}
		e.Sort, e.Index = p.externRef(false)
		p.close()
		list = append(list, e)
	}
	return list
}

// importField consumes an import.
func (p *componentParser) importField() {
	n := p.externName()
	at, id, t := p.componentExternType()
	p.defineImport(at, id, n, t)
}

// exportField consumes an export.
func (p *componentParser) exportField() {
	at, id := p.id()
	e := &component.Export{Name: p.externName()}
	if p.tok.kind != tokLParen {
		p.unexpected("(")
		return
	}
	e.Sort, e.Index = p.externRef(false)
	if p.tok.kind == tokLParen {
		_, _, t := p.componentExternType()
		e.Type = &t
	}
	p.define(e.Sort, at, id, e)
}
