package wasm

// ExternType is the type of an import or export, with identities of a [TypeStore]
// in place of type indices. Kind says which of the others holds it.
type ExternType struct {
	Kind   ExternKind
	Type   TypeID // of a function or tag
	Table  TableType
	Memory MemoryType
	Global GlobalType
}

// Import is the type of i, an import of the module of t.
func (t *TypeSpace) Import(i *Import) ExternType {
	e := ExternType{Kind: i.Kind, Table: i.Table, Memory: i.Memory, Global: i.Global}
	switch i.Kind {
	case ExternFunc, ExternTag:
		e.Type = t.IDs[i.Type]
	case ExternTable:
		e.Table.Elem = t.Canon(e.Table.Elem)
	case ExternGlobal:
		e.Global.Type = t.Canon(e.Global.Type)
	}
	return e
}

// Export is the type of what index x of kind k is in m, the module of t. The
// types are those that m declares: a table or memory may have grown since.
func (t *TypeSpace) Export(m *Module, k ExternKind, x uint32) ExternType {
	for i := range m.Imports {
		if m.Imports[i].Kind != k {
			continue
		}
		if x == 0 {
			return t.Import(&m.Imports[i])
		}
		x--
	}
	e := ExternType{Kind: k}
	switch k {
	case ExternFunc:
		e.Type = t.IDs[m.Funcs[x]]
	case ExternTag:
		e.Type = t.IDs[m.Tags[x]]
	case ExternTable:
		e.Table = m.Tables[x].Type
		e.Table.Elem = t.Canon(e.Table.Elem)
	case ExternMemory:
		e.Memory = m.Memories[x]
	case ExternGlobal:
		e.Global = m.Globals[x].Type
		e.Global.Type = t.Canon(e.Global.Type)
	}
	return e
}

// MatchesExtern reports whether got may be given for an import of type want
// (core 3.3, "External Types").
func (s *TypeStore) MatchesExtern(got, want ExternType) bool {
	if got.Kind != want.Kind {
		return false
	}
	switch got.Kind {
	case ExternFunc:
		return s.Subtype(got.Type, want.Type)
	case ExternTag:
		return got.Type == want.Type
	case ExternTable:
		return got.Table.Elem == want.Table.Elem && got.Table.Limits.Match(want.Table.Limits)
	case ExternMemory:
		return got.Memory.Limits.Match(want.Memory.Limits)
	case ExternGlobal:
		return got.Global.Mutable == want.Global.Mutable &&
			s.Matches(got.Global.Type, want.Global.Type) &&
			(!got.Global.Mutable || got.Global.Type == want.Global.Type)
	}
	return false
}

// Match reports whether l lies within want (core 3.3, "Limits"): the same addresses and
// sharing, at least as large now, and never larger than allowed.
func (l Limits) Match(want Limits) bool {
	return l.Addr64 == want.Addr64 && l.Shared == want.Shared && l.Min >= want.Min &&
		(!want.HasMax || l.HasMax && l.Max <= want.Max)
}
