package wat

import "github.com/wazedge/wazedge/internal/wasm"

// space is an index space: how many entries it has, and the identifiers bound to
// some of them.
type space struct {
	what  string // the word for its entries in messages
	n     uint32
	index map[string]uint32
	names []wasm.Name // in the order of indices
}

// spaces are a module's index spaces, and the fields of its types.
type spaces struct {
	types, funcs, tables, memories, globals, tags, elems, datas space

	fields map[uint32]*space // of the struct types that name some
}

func (s *spaces) init() {
	s.types.what, s.funcs.what, s.tables.what, s.memories.what = "type", "function", "table", "memory"
	s.globals.what, s.tags.what, s.elems.what, s.datas.what = "global", "tag", "element segment", "data segment"
	s.fields = map[uint32]*space{}
}

// byKeyword is the space that a field of the module adds to, or nil.
func (s *spaces) byKeyword(kw string) *space {
	switch kw {
	case "type":
		return &s.types
	case "func":
		return &s.funcs
	case "table":
		return &s.tables
	case "memory":
		return &s.memories
	case "global":
		return &s.globals
	case "tag":
		return &s.tags
	case "elem":
		return &s.elems
	case "data":
		return &s.datas
	}
	return nil
}

// add is the next index of s, bound to name unless that is empty.
func (s *space) add(name string) (index uint32, fresh bool) {
	index = s.n
	s.n++
	if name == "" {
		return index, true
	}
	if _, dup := s.index[name]; dup {
		return index, false
	}
	if s.index == nil {
		s.index = map[string]uint32{}
	}
	s.index[name] = index
	s.names = append(s.names, wasm.Name{Index: index, Name: name})
	return index, true
}

// bind adds an entry to s whose identifier, if any, is the next token.
func (p *parser) bind(s *space) {
	at := p.tok.start
	name := p.optIdentifier()
	if _, fresh := s.add(name); !fresh {
		p.failAt(at, "duplicate %s $%s", s.what, clip(name))
	}
}

// isIndex reports whether an index, as number or identifier, is next.
func (p *parser) isIndex() bool { return p.tok.kind == tokID || p.tok.kind == tokNumber }

// ref consumes an index into s. A number is taken as it is; whether the entry
// exists is a question for validation.
func (p *parser) ref(s *space) uint32 {
	if p.tok.kind != tokID {
		return uint32(p.uint(32))
	}
	at := p.tok.start
	name := p.identifier()
	index, ok := s.index[name]
	if !ok && p.outer != nil {
		index, ok = p.outer(s, name)
	}
	if !ok {
		p.failAt(at, "unknown %s $%s", s.what, clip(name))
	}
	return index
}

// optRef is ref if an index is next, else 0.
func (p *parser) optRef(s *space) uint32 {
	if !p.isIndex() {
		return 0
	}
	return p.ref(s)
}
