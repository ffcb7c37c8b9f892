package inspection

import (
	"fmt"
	"strings"

	"github.com/wazedge/wazedge/internal/wasm"
)

// maxTypes is how many parameters or results are told of a function.
const maxTypes = 64

// valueText is t as the text format has it.
func valueText(t wasm.ValType) string {
	if !t.IsRef() {
		return t.String()
	}
	heap := t.Heap().String()
	if t.Heap().IsIndex() {
		heap = fmt.Sprint(int32(t.Heap()))
	} else if t.Nullable() {
		return heap + "ref"
	}
	if t.Nullable() {
		return "(ref null " + heap + ")"
	}
	return "(ref " + heap + ")"
}

// listText are types between parentheses, unless it is one.
func listText(ts []wasm.ValType) string {
	if len(ts) == 1 {
		return valueText(ts[0])
	}
	var b strings.Builder
	b.WriteString("(")
	for n, t := range ts {
		if n > 0 {
			b.WriteString(", ")
		}
		if n == maxTypes {
			fmt.Fprintf(&b, "... %d in all", len(ts))
			break
		}
		b.WriteString(valueText(t))
	}
	return b.String() + ")"
}

// funcText is a function's type: (i32, i32) -> i32.
func funcText(t *wasm.FuncType) string {
	params := listText(t.Params)
	if len(t.Params) == 1 {
		params = "(" + params + ")"
	}
	return params + " -> " + listText(t.Results)
}

func limitsText(l wasm.Limits, unit string) string {
	text := fmt.Sprintf("%d %s", l.Min, unit)
	if l.HasMax {
		text = fmt.Sprintf("%d to %d %s", l.Min, l.Max, unit)
	}
	if l.Shared {
		text += ", shared"
	}
	if l.Addr64 {
		text += ", 64-bit addresses"
	}
	return text
}

func tableText(t wasm.TableType) string {
	return valueText(t.Elem) + ", " + limitsText(t.Limits, "elements")
}

func globalText(t wasm.GlobalType) string {
	if t.Mutable {
		return "mut " + valueText(t.Type)
	}
	return valueText(t.Type)
}

// tagText is what an exception carries.
func tagText(t *wasm.FuncType) string { return listText(t.Params) }

// typer finds the types of what a module exports. Indices may lead nowhere as long as the
// module is not validated.
type typer struct {
	*wasm.Spaces
	tags   []uint32 // type index of each tag
	counts Counts
	byName map[string]*wasm.Export // made when it is needed
}

// named is the export of that name, or nil.
func (t *typer) named(name string) *wasm.Export {
	if t.byName == nil {
		t.byName = make(map[string]*wasm.Export, len(t.Exports))
		for i := range t.Exports {
			t.byName[t.Exports[i].Name] = &t.Exports[i]
		}
	}
	return t.byName[name]
}

func newTyper(m *wasm.Module) *typer {
	t := &typer{Spaces: m.Spaces(), counts: countsOf(m)}
	for i := range m.Imports {
		if m.Imports[i].Kind == wasm.ExternTag {
			t.tags = append(t.tags, m.Imports[i].Type)
		}
	}
	t.tags = append(t.tags, m.Tags...)
	return t
}

// export is the type of e.
func (t *typer) export(e *wasm.Export) string {
	x := int(e.Index)
	switch {
	case e.Kind == wasm.ExternFunc && x < t.counts.Functions:
		return t.function(t.TypeIndexOf(e.Index), funcText)
	case e.Kind == wasm.ExternTable && x < t.counts.Tables:
		return tableText(t.TableTypeOf(e.Index))
	case e.Kind == wasm.ExternMemory && x < t.counts.Memories:
		return limitsText(t.MemoryTypeOf(e.Index).Limits, "pages")
	case e.Kind == wasm.ExternGlobal && x < t.counts.Globals:
		return globalText(t.GlobalTypeOf(e.Index))
	case e.Kind == wasm.ExternTag && x < t.counts.Tags:
		return t.function(t.tags[x], tagText)
	}
	return unknown
}

// function is the function type of that index as text has it.
func (t *typer) function(index uint32, text func(*wasm.FuncType) string) string {
	if int(index) >= len(t.Types) {
		return unknown
	}
	return text(&t.Types[index].Func)
}

// unknown stands for the type of what is not there.
const unknown = "unknown"

// imported is the type of im.
func (t *typer) imported(im *wasm.Import) string {
	switch im.Kind {
	case wasm.ExternTable:
		return tableText(im.Table)
	case wasm.ExternMemory:
		return limitsText(im.Memory.Limits, "pages")
	case wasm.ExternGlobal:
		return globalText(im.Global)
	case wasm.ExternTag:
		return t.function(im.Type, tagText)
	}
	return t.function(im.Type, funcText)
}
