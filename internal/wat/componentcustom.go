package wat

import (
	"cmp"
	"slices"
	"strings"

	"github.com/wazedge/wazedge/internal/component"
	"github.com/wazedge/wazedge/internal/wasm"
)

// componentCustoms reads the annotations for custom sections that stand before the next
// token, where the section then stands in c too: (@custom "name" string*).
func (p *componentParser) componentCustoms(c *component.Component) {
	if p.err != nil || p.behind >= p.tok.start || !strings.Contains(p.lex.src[p.behind:p.tok.start], "(@") {
		return
	}
	at := cursor{lex: lexer{src: p.lex.src[:p.tok.start], customs: true}}
	for at.seek(p.behind); at.tok.kind == tokAnnot; {
		at.advance()
		s := wasm.Custom{Name: at.utf8Name(), Data: at.strings(), Before: len(p.scope.list)}
		c.Customs = append(c.Customs, s)
		if at.tok.kind != tokRParen {
			at.unexpected(")")
		}
		at.lex.depth = 0
		at.seek(at.tok.end)
	}
	p.behind = p.tok.start
	if at.err != nil && p.err == nil {
		p.err = at.err
	}
}

// names are the identifiers that s has bound.
func (s *componentScope) names() component.Names {
	n := component.Names{Component: s.name}
	for sort, ids := range s.ids {
		for id, index := range ids {
			n.Sorts[sort] = append(n.Sorts[sort], wasm.Name{Index: index, Name: id})
		}
		slices.SortFunc(n.Sorts[sort], func(a, b wasm.Name) int { return cmp.Compare(a.Index, b.Index) })
	}
	return n
}
