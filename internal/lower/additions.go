package lower

import (
	"fmt"

	"github.com/wazedge/wazedge/internal/wasm"
)

// addFuncType gives m, whose slices may be shared, a function type of its own and
// returns its index.
func addFuncType(m *wasm.Module, t wasm.FuncType) uint32 {
	n := uint32(len(m.Types))
	m.Types = append(m.Types[:n:n], wasm.SubType{Kind: wasm.CompFunc, Func: t, Final: true})
	g := len(m.RecGroups)
	m.RecGroups = append(m.RecGroups[:g:g], wasm.RecGroup{Start: n, Len: 1})
	return n
}

// addFunction gives m a function without locals and returns its index.
func addFunction(m *wasm.Module, t wasm.FuncType, code []byte) uint32 {
	n := len(m.Funcs)
	m.Funcs = append(m.Funcs[:n:n], addFuncType(m, t))
	m.Bodies = append(m.Bodies[:n:n], wasm.Body{Code: append(wasm.AppendLocals(nil, nil), code...)})
	return m.ImportedCount(wasm.ExternFunc) + uint32(n)
}

// narrowSignature is the type of a load, a store or another instruction whose row
// of the instruction table has a signature, with 32-bit addresses.
func narrowSignature(op wasm.Op) wasm.FuncType {
	var t wasm.FuncType
	side := &t.Params
	sig := op.Info().Sig
	for i := range len(sig) {
		switch c := sig[i]; c {
		case ':':
			side = &t.Results
		case 'a':
			*side = append(*side, wasm.I32)
		default:
			*side = append(*side, sigTypes[c])
		}
	}
	return t
}

// segmentLen is how many elements a segment has.
func segmentLen(e *wasm.ElemSegment) int { return max(len(e.Funcs), len(e.Exprs)) }

// blockTypesMade are the types of blocks that a pass has added, by what they take
// and leave.
type blockTypesMade map[string]uint32

// taking is the type of a block that takes params and leaves nothing.
func (made *blockTypesMade) taking(m *wasm.Module, params []wasm.ValType) wasm.BlockType {
	if len(params) == 0 {
		return wasm.BlockType{}
	}
	return made.of(m, wasm.FuncType{Params: params})
}

// leaving is the type of a block that takes nothing and leaves results.
func (made *blockTypesMade) leaving(m *wasm.Module, results []wasm.ValType) wasm.BlockType {
	switch len(results) {
	case 0:
		return wasm.BlockType{}
	case 1:
		return wasm.BlockType{Result: results[0]}
	}
	return made.of(m, wasm.FuncType{Results: results})
}

func (made *blockTypesMade) of(m *wasm.Module, t wasm.FuncType) wasm.BlockType {
	key := fmt.Sprint(t)
	index, ok := (*made)[key]
	if !ok {
		index = addFuncType(m, t)
		if *made == nil {
			*made = blockTypesMade{}
		}
		(*made)[key] = index
	}
	return wasm.BlockType{Indexed: true, Index: index}
}
