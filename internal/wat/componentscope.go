package wat

import (
	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/wasm"
	"sync"
)

// maxComponentDepth bounds how deep components and types nest in each other.
const maxComponentDepth = 100

// componentParser reads components. The parser that it has within reads core types.
type componentParser struct {
	parser
	scope  *componentScope
	behind int // where the definition before the next one ends
}

// componentScope has the index spaces of a component or of a component or instance type.
type componentScope struct {
	outer *componentScope
	name  string
	depth int
	list  []component.Definition
	count [component.Sorts]uint32
	ids   [component.Sorts]map[string]uint32
	core  coreScope
}

// coreScope has core types: their index space, and what a parser of modules knows of them.
type coreScope struct {
	m        *wasm.Module
	spaces   spaces
	implicit map[string]uint32
}

func newCoreScope() coreScope {
	c := coreScope{m: &wasm.Module{}, implicit: map[string]uint32{}}
	c.spaces.init()
	return c
}

// ParseComponent reads a component: (component $id? field*). Errors are of type [*Error].
func ParseComponent(src []byte) (*component.Component, error) {
	text := string(src)
	p := newComponentParser(text, 0, len(text))
	p.seek(0)
	if !p.open("component") {
		p.unexpected("(component")
	}
	_, id := p.id()
	c := p.component(id)
	p.close()
	if p.err == nil && p.tok.kind != tokEOF {
		p.unexpected("the end")
	}
	if p.err != nil {
		return nil, p.err
	}
	return c, nil
}

func newComponentParser(src string, start, end int) *componentParser {
	return &componentParser{parser: *newParser(src, start, end)}
}

// component reads the fields of a component, up to its closing parenthesis.
func (p *componentParser) component(name string) *component.Component {
	c := &component.Component{}
	s := p.within(name, func(s *componentScope) {
		for p.componentCustoms(c); p.more(); p.componentCustoms(c) {
			p.field()
		}
	})
	c.Definitions = s.list
	c.Identifiers = s.names()
	return c
}

// within runs read in a scope of its own, and returns that.
func (p *componentParser) within(name string, read func(*componentScope)) *componentScope {
	s := &componentScope{outer: p.scope, name: name, core: newCoreScope()}
	if s.outer != nil {
		s.depth = s.outer.depth + 1
	}
	if s.depth > maxComponentDepth {
		p.failAt(p.tok.start, "components and types nest more than %d deep", maxComponentDepth)
		return s
	}
	p.scope = s
	read(s)
	p.scope = s.outer
	return s
}

// define adds d, of the given sort, and returns its index.
func (p *componentParser) define(sort component.Sort, at int, id string, d component.Definition) uint32 {
	s := p.scope
	s.list = append(s.list, d)
	n := s.count[sort]
	s.count[sort]++
	if id != "" {
		if _, dup := s.ids[sort][id]; dup {
			p.failAt(at, "duplicate %s identifier $%s", sort, clip(id))
		}
		s.bind(sort, id, n)
	}
	return n
}

func (s *componentScope) bind(sort component.Sort, id string, n uint32) {
	if s.ids[sort] == nil {
		s.ids[sort] = map[string]uint32{}
	}
	s.ids[sort][id] = n
}

// id consumes the identifier of a definition, if there is one, and returns its place.
func (p *componentParser) id() (at int, id string) {
	at, id = p.tok.start, p.optIdentifier()
	p.behind = p.last
	return at, id
}

// index consumes a number or identifier of the sort's index space.
func (p *componentParser) index(sort component.Sort) uint32 {
	if p.tok.kind != tokID {
		return uint32(p.uint(32))
	}
	at := p.tok.start
	name := p.identifier()
	n, ok := p.lookup(sort, name)
	if !ok {
		p.failAt(at, "unknown %s $%s: failed to find name", sort, clip(name))
	}
	return n
}

// lookup finds what name stands for in the scope, or in one around it: then an alias is
// made, which has the name from here on.
func (p *componentParser) lookup(sort component.Sort, name string) (uint32, bool) {
	count := uint32(0)
	for s := p.scope; s != nil; s = s.outer {
		n, ok := s.ids[sort][name]
		switch {
		case ok && s == p.scope:
			return n, true
		case ok:
			return p.alias(sort, name, &component.Alias{Kind: component.AliasOuter, Sort: sort, Count: count, Index: n}), true
		}
		count++
	}
	return 0, false
}

// alias adds an alias that nothing but an identifier may name.
func (p *componentParser) alias(sort component.Sort, id string, a *component.Alias) uint32 {
	if sort == component.SortCoreType {
		p.scope.core.placeholder(id)
	}
	return p.define(sort, p.tok.start, id, a)
}

// placeholder adds a type that is defined elsewhere to the core types.
func (c *coreScope) placeholder(id string) {
	c.m.Types = append(c.m.Types, wasm.SubType{})
	c.spaces.types.add(id)
}

// scopeAt is how many scopes outwards a number or identifier of one names.
func (p *componentParser) scopeAt() (count uint32, s *componentScope) {
	if p.tok.kind == tokID {
		at := p.tok.start
		name := p.identifier()
		for s = p.scope; s != nil; s = s.outer {
			if s.name == name {
				return count, s
			}
			count++
		}
		p.failAt(at, "outer component $%s not found", clip(name))
		return 0, nil
	}
	count = uint32(p.uint(32))
	s = p.scope
	for n := uint32(0); n < count && s != nil; n++ {
		s = s.outer
	}
	return count, s
}

// sortWords are the sorts by the keywords that begin their definitions.
var sortWords = sync.OnceValue(func() map[string]component.Sort {
	return map[string]component.Sort{
		"func": component.SortFunc, "value": component.SortValue, "type": component.SortType,
		"component": component.SortComponent, "instance": component.SortInstance,
	}
})

// coreSortWords are the sorts behind the keyword core.
var coreSortWords = sync.OnceValue(func() map[string]component.Sort {
	return map[string]component.Sort{
		"func": component.SortCoreFunc, "table": component.SortCoreTable, "memory": component.SortCoreMemory,
		"global": component.SortCoreGlobal, "tag": component.SortCoreTag, "type": component.SortCoreType,
		"module": component.SortCoreModule, "instance": component.SortCoreInstance,
	}
})

// sort consumes a sort. inCore says that it is one of core WebAssembly without the keyword.
func (p *componentParser) sort(inCore bool) component.Sort {
	words := sortWords()
	if p.keyword("core") || inCore {
		words = coreSortWords()
	}
	s, ok := words[p.text()]
	if p.tok.kind != tokKeyword || !ok {
		p.unexpected("a sort")
		return 0
	}
	p.advance()
	return s
}

// ref consumes what refers to a definition of the given sort: an index, or in parentheses
// the sort with an index, or with an instance and the names of exports, one within the
// other.
func (p *componentParser) ref(sort component.Sort, inCore bool) uint32 {
	if p.tok.kind != tokLParen {
		return p.index(sort)
	}
	at := p.tok.start
	got, n := p.externRef(inCore)
	if got != sort {
		p.failAt(at, "unexpected token: expected a %s", sort)
	}
	return n
}

// externRef consumes a sort with an index, or with an instance and names of exports, in
// parentheses.
func (p *componentParser) externRef(inCore bool) (component.Sort, uint32) {
	p.advance()
	return p.exported(p.sort(inCore))
}

// exported is externRef behind the sort.
func (p *componentParser) exported(sort component.Sort) (component.Sort, uint32) {
	if p.ahead.kind != tokString {
		n := p.index(sort)
		p.close()
		return sort, n
	}
	if sort.Core() && sort != component.SortCoreModule {
		i := p.index(component.SortCoreInstance)
		n := p.alias(sort, "", &component.Alias{Kind: component.AliasCoreExport, Sort: sort, Instance: i, Name: p.utf8Name()})
		p.close()
		return sort, n
	}
	n := p.index(component.SortInstance)
	for p.tok.kind == tokString {
		name := p.utf8Name()
		as := sort
		if p.tok.kind == tokString {
			as = component.SortInstance
		}
		n = p.alias(as, "", &component.Alias{Kind: component.AliasExport, Sort: as, Instance: n, Name: name})
	}
	p.close()
	return sort, n
}

// withCore runs read with the core types c as those that a module has.
func (p *componentParser) withCore(c *coreScope, outer func(*space, string) (uint32, bool), read func()) {
	m, s, implicit, before := p.parser.m, p.spaces, p.implicit, p.parser.outer
	p.parser.m, p.spaces, p.implicit, p.parser.outer = c.m, c.spaces, c.implicit, outer
	read()
	c.spaces = p.spaces
	p.parser.m, p.spaces, p.implicit, p.parser.outer = m, s, implicit, before
}

// IsComponent reports whether src begins as the text of a component does.
func IsComponent(src []byte) bool {
	c := cursor{lex: lexer{src: string(src[:min(len(src), maxPrologue)])}}
	c.seek(0)
	return c.opens("component")
}

// maxPrologue is how far a text is looked at for what it begins with.
const maxPrologue = 4096
