package lower

import (
	"fmt"
	"slices"

	"github.com/wazedge/wazedge/internal/wasm"
)

// wholePages is the size, in pages, of a memory of all that 32 bits can address.
const wholePages = 1 << 16

// WholeMemory has modules import those of their memories that begin with 4 GiB: of
// a module's own memory the engine's code reads the low 32 bits of the length, all
// of which are zero then, and of any memory it tells the size from them. Memories
// that begin smaller must not become as large.
func WholeMemory(m *wasm.Module) (*wasm.Module, error) {
	own := wholeMemories(m)
	if len(own) == 0 {
		return m, nil
	}
	first := m.ImportedCount(wasm.ExternMemory)
	to := make([]uint32, len(m.Memories))
	rest := first + uint32(len(own))
	out := *m
	out.Imports, out.Memories = slices.Clip(m.Imports), nil
	for i, t := range m.Memories {
		if at, moved := slices.BinarySearch(own, uint32(i)); moved {
			to[i] = first + uint32(at)
			out.Imports = append(out.Imports, wasm.Import{
				Module: wholeName(uint32(i)), Name: HelperMemory, Kind: wasm.ExternMemory, Memory: t,
			})
			continue
		}
		to[i] = rest
		rest++
		out.Memories = append(out.Memories, t)
	}
	moved := &out
	if len(m.Memories) > 1 {
		r := wasm.Remap{Memory: func(x uint32) uint32 {
			if x < first {
				return x
			}
			return to[x-first]
		}}
		var err error
		if moved, err = r.Module(&out); err != nil {
			return nil, err
		}
	}
	spaces := moved.Spaces()
	return withBodies(moved, func(*body, wasm.Body) (rewriteFunc, error) {
		return func(b *body, in *wasm.Instr) (bool, error) { return wholeSize(b, spaces, in) }, nil
	})
}

// wholeSize writes the size of a memory that has all pages, which it cannot change.
func wholeSize(b *body, m *wasm.Spaces, in *wasm.Instr) (bool, error) {
	if in.Op != wasm.OpMemorySize || m.MemoryTypeOf(in.X).Limits.Min < wholePages {
		return false, nil
	}
	b.I32(wholePages)
	return true, nil
}

// WholeMemoryHelpers are the modules that [WholeMemory]'s result for m imports from.
func WholeMemoryHelpers(m *wasm.Module) []Helper {
	var helpers []Helper
	for _, i := range wholeMemories(m) {
		helpers = append(helpers, Helper{Name: wholeName(i), Module: &wasm.Module{
			Memories: []wasm.MemoryType{m.Memories[i]},
			Exports:  []wasm.Export{{Name: HelperMemory, Kind: wasm.ExternMemory}},
		}})
	}
	return helpers
}

// wholeMemories are m's own memories that begin with all pages, counted from the
// first that is not imported.
func wholeMemories(m *wasm.Module) []uint32 {
	var own []uint32
	for i := range m.Memories {
		if m.Memories[i].Limits.Min >= wholePages {
			own = append(own, uint32(i))
		}
	}
	return own
}

func wholeName(memory uint32) string { return fmt.Sprintf("wazedge:whole/%d", memory) }
