package wasm

// HeapBottom is below every heap type. Like [Bottom] it is no type of the
// language: validation gives it to references in unreachable code (core 3.1, "Bottom Types").
const HeapBottom HeapType = -1 << 31

// Canon is v with the identity of a defined type in place of its index. Such types
// of different modules may be compared with each other.
func (t *TypeSpace) Canon(v ValType) ValType {
	if h := v.Heap(); v.IsRef() && h.IsIndex() {
		return RefType(HeapType(t.IDs[h]), v.Nullable())
	}
	return v
}

// Matches reports whether got is a subtype of want (core 3.3, "Value Types"). [Bottom] matches
// every type; a type index that is not interned matches nothing but itself.
func (t *TypeSpace) Matches(got, want ValType) bool {
	if got == want || got == Bottom {
		return true
	}
	if !got.IsRef() || !want.IsRef() || got.Nullable() && !want.Nullable() {
		return false
	}
	return t.MatchesHeap(got.Heap(), want.Heap())
}

// MatchesHeap reports whether got is a subtype of want (core 3.3, "Heap Types").
func (t *TypeSpace) MatchesHeap(got, want HeapType) bool {
	if got == want {
		return true
	}
	if !t.canonHeap(&got) || !t.canonHeap(&want) {
		return false
	}
	return t.Store.MatchesHeap(got, want)
}

// canonHeap puts a type's identity in place of its index, if it has one.
func (t *TypeSpace) canonHeap(h *HeapType) bool {
	if !h.IsIndex() {
		return true
	}
	if int(*h) >= len(t.IDs) {
		return false
	}
	*h = HeapType(t.IDs[*h])
	return true
}

// MatchesAll reports whether the types of got are one by one subtypes of those of
// want (core 3.3, "Result Types").
func (t *TypeSpace) MatchesAll(got, want []ValType) bool {
	if len(got) != len(want) {
		return false
	}
	for i, g := range got {
		if !t.Matches(g, want[i]) {
			return false
		}
	}
	return true
}

// MatchesComposite reports whether the composite type of got is a subtype of that
// of want, whatever they declare (core 3.3, "Composite Types").
func (t *TypeSpace) MatchesComposite(got, want *SubType) bool {
	if got.Kind != want.Kind {
		return false
	}
	if got.Kind == CompFunc {
		return t.MatchesAll(want.Func.Params, got.Func.Params) &&
			t.MatchesAll(got.Func.Results, want.Func.Results)
	}
	if len(got.Fields) < len(want.Fields) {
		return false
	}
	for i, w := range want.Fields {
		if !t.matchesField(got.Fields[i], w) {
			return false
		}
	}
	return true
}

func (t *TypeSpace) matchesField(got, want FieldType) bool {
	return got.Mutable == want.Mutable && t.Matches(got.Type, want.Type) &&
		(!got.Mutable || t.Matches(want.Type, got.Type))
}

// Matches reports whether got is a subtype of want, both as of [TypeSpace.Canon].
func (s *TypeStore) Matches(got, want ValType) bool {
	if got == want {
		return true
	}
	if !got.IsRef() || !want.IsRef() || got.Nullable() && !want.Nullable() {
		return false
	}
	return s.MatchesHeap(got.Heap(), want.Heap())
}

// MatchesHeap reports whether got is a subtype of want, where those that are
// indices stand for identities in s.
func (s *TypeStore) MatchesHeap(got, want HeapType) bool {
	switch {
	case got == want || got == HeapBottom:
		return true
	case got.IsIndex() && want.IsIndex():
		return s.Subtype(TypeID(got), TypeID(want))
	case want.IsIndex():
		return got == bottomOf(s.types[want].kind)
	case got.IsIndex():
		return abstractMatches(abstractOf(s.types[got].kind), want)
	}
	return abstractMatches(got, want)
}

// abstractOf is the abstract type above the defined types of kind k.
func abstractOf(k CompKind) HeapType {
	switch k {
	case CompFunc:
		return HeapFunc
	case CompStruct:
		return HeapStruct
	}
	return HeapArray
}

// bottomOf is the abstract type below the defined types of kind k.
func bottomOf(k CompKind) HeapType {
	if k == CompFunc {
		return HeapNoFunc
	}
	return HeapNone
}

// abstractMatches is subtyping between abstract heap types.
func abstractMatches(got, want HeapType) bool {
	if got == want {
		return true
	}
	switch want {
	case HeapAny:
		return TopHeap(got) == HeapAny
	case HeapEq:
		return TopHeap(got) == HeapAny && got != HeapAny
	case HeapI31, HeapStruct, HeapArray:
		return got == HeapNone
	case HeapFunc, HeapExtern, HeapExn:
		return TopHeap(got) == want
	}
	return false
}

// TopHeap is the top of the hierarchy that the abstract heap type h is of: any,
// func, extern or exn.
func TopHeap(h HeapType) HeapType {
	switch h {
	case HeapFunc, HeapNoFunc:
		return HeapFunc
	case HeapExtern, HeapNoExtern:
		return HeapExtern
	case HeapExn, HeapNoExn:
		return HeapExn
	}
	return HeapAny
}

// BottomHeap is the bottom of the hierarchy that has the top h.
func BottomHeap(top HeapType) HeapType {
	switch top {
	case HeapFunc:
		return HeapNoFunc
	case HeapExtern:
		return HeapNoExtern
	case HeapExn:
		return HeapNoExn
	}
	return HeapNone
}

// TopOf is the top of the hierarchy that h is of.
func (t *TypeSpace) TopOf(h HeapType) HeapType {
	if h.IsIndex() {
		h = abstractOf(t.Defs[h].Kind)
	}
	return TopHeap(h)
}
