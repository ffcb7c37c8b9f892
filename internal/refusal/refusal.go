// Package refusal is why a module is not instantiated, and a memory does not grow, in
// WasmEdge's words.
package refusal

import (
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// NoTables is the error of a module whose tables do not fit the bound of memory.
func NoTables() *fault.Error {
	return fault.New(fault.RuntimeError, "The tables need more memory than there may be.", fault.ASTNode("table section"), fault.ASTNode("module"))
}

// NoMemory is the error of a module whose linear memories do not fit the bound of
// memory, or for which the system has no room.
func NoMemory() *fault.Error {
	return fault.New(fault.RuntimeError, "Memory Instance: Unable to find usable memory address.", fault.ASTNode("memory section"), fault.ASTNode("module"))
}

// Kind is the information line of an import of another kind than what
// there is.
func Kind(want, got wasm.ExternKind) string {
	return fault.Mismatched("external type", want.String(), got.String())
}

// Type is the information line of an import of another type than what
// there is.
func Type(m *wasm.Module, im *wasm.Import, other *wasm.Module, e *wasm.Export) string {
	switch im.Kind {
	case wasm.ExternFunc:
		return fault.Mismatched("function type",
			m.Types[im.Type].Func.String(), other.FuncTypeOf(e.Index).String())
	case wasm.ExternTable:
		got := other.TableTypeOf(e.Index)
		return fault.Mismatched("table", im.Table.String(), got.String())
	case wasm.ExternMemory:
		got := other.MemoryTypeOf(e.Index)
		return fault.Mismatched("memory", im.Memory.String(), got.String())
	case wasm.ExternGlobal:
		return fault.Mismatched("global", im.Global.String(), other.GlobalTypeOf(e.Index).String())
	}
	return fault.Mismatched("function type",
		m.Types[im.Type].Func.String(), other.TagTypeOf(e.Index).String())
}

// Import is the error of an import. mismatch and hint may be empty.
func Import(c fault.Code, im *wasm.Import, mismatch, hint string) error {
	e := fault.New(c)
	if mismatch != "" {
		e.With(mismatch)
	}
	e.With(fault.Linking(im.Module, im.Kind.String(), im.Name), fault.ASTNode("import description"))
	if hint != "" {
		e.With(hint)
	}
	return e.With(fault.ASTNode("import section"), fault.ASTNode("module"))
}
