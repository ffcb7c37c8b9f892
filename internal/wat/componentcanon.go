package wat

import (
	"sync"

	"github.com/wazedge/wazedge/internal/component"
)

// resourceOps are the canonical definitions about resources by keyword.
var resourceOps = sync.OnceValue(func() map[string]component.CanonOp {
	return map[string]component.CanonOp{
		"resource.new": component.CanonResourceNew, "resource.drop": component.CanonResourceDrop, "resource.rep": component.CanonResourceRep,
	}
})

// canonField consumes a canonical definition that says what it defines last.
func (p *componentParser) canonField() {
	if p.keyword("lift") {
		c := &component.Canon{Op: component.CanonLift, Func: p.ref(component.SortCoreFunc, p.opens("func"))}
		c.Options = p.canonOptions()
		if !p.open("func") {
			p.unexpected("(func")
			return
		}
		at, id := p.id()
		exports := p.inlineExports()
		c.Type = p.typeUse(component.SortFunc)
		p.close()
		p.export(exports, component.SortFunc, p.define(component.SortFunc, at, id, c))
		return
	}
	c := p.coreCanon()
	if !p.open("core") || !p.keyword("func") {
		p.unexpected("(core func")
		return
	}
	at, id := p.id()
	p.close()
	p.define(component.SortCoreFunc, at, id, c)
}

// coreCanon consumes a canonical definition of a core function, behind the keyword canon.
func (p *componentParser) coreCanon() *component.Canon {
	word := p.text()
	at := p.tok.start
	if p.tok.kind != tokKeyword {
		p.unexpected("a canonical definition")
		return &component.Canon{}
	}
	p.advance()
	if op, ok := resourceOps()[word]; ok {
		return &component.Canon{Op: op, Type: p.ref(component.SortType, false)}
	}
	switch {
	case word == "lower":
		c := &component.Canon{Op: component.CanonLower, Func: p.ref(component.SortFunc, false)}
		c.Options = p.canonOptions()
		return c
	case component.IsConcurrency(word):
		p.asynchronous(word)
	default:
		p.failAt(at, "unexpected token: got %q, expected a canonical definition", clip(word))
	}
	return &component.Canon{}
}

// coreFunc consumes a core function that is an alias or has a canonical definition.
func (p *componentParser) coreFunc() {
	at, id := p.id()
	if !p.open("canon") {
		p.coreAlias(component.SortCoreFunc, at, id)
		return
	}
	c := p.coreCanon()
	p.close()
	p.define(component.SortCoreFunc, at, id, c)
}

// funcField consumes a function that is lifted, imported or an alias.
func (p *componentParser) funcField() {
	p.named(component.SortFunc, p.used(component.SortFunc), p.liftedFunc)
}

// liftedFunc consumes a type and (canon lift ...).
func (p *componentParser) liftedFunc(at int, id string) uint32 {
	c := &component.Canon{Op: component.CanonLift, Type: p.typeUse(component.SortFunc)}
	if !p.open("canon") || !p.keyword("lift") {
		p.unexpected("(canon lift")
		return 0
	}
	c.Func, c.Options = p.ref(component.SortCoreFunc, p.opens("func")), p.canonOptions()
	p.close()
	return p.define(component.SortFunc, at, id, c)
}

// encodingWords are the options that say how strings are encoded.
var encodingWords = sync.OnceValue(func() map[string]component.OptionKind {
	return map[string]component.OptionKind{
		"string-encoding=utf8": component.OptionUTF8, "string-encoding=utf16": component.OptionUTF16,
		"string-encoding=latin1+utf16": component.OptionLatin1UTF16,
	}
})

// canonOptions consumes canonical options while they follow.
func (p *componentParser) canonOptions() []component.CanonOption {
	var list []component.CanonOption
	for {
		o, ok := p.canonOption()
		if !ok {
			return list
		}
		list = append(list, o)
	}
}

func (p *componentParser) canonOption() (o component.CanonOption, ok bool) {
	if kind, is := encodingWords()[p.text()]; is && p.tok.kind == tokKeyword {
		p.advance()
		return component.CanonOption{Kind: kind}, true
	}
	sort := component.SortCoreFunc
	switch {
	case p.is(p.tok, "async"), p.opens("callback"):
		p.asynchronous("the canonical option async")
		return o, false
	case p.open("memory"):
		o.Kind, sort = component.OptionMemory, component.SortCoreMemory
	case p.open("realloc"):
		o.Kind = component.OptionRealloc
	case p.open("post-return"):
		o.Kind = component.OptionPostReturn
	default:
		return o, false
	}
	if o.Kind == component.OptionMemory && p.ahead.kind == tokString { // an export, as in (memory $i "m")
		_, o.Index = p.exported(sort)
		return o, true
	}
	o.Index = p.ref(sort, p.opens("func") || p.opens("memory"))
	p.close()
	return o, true
}
