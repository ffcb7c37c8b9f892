package lower

import "github.com/wazedge/wazedge/internal/wasm"

// EqualTypes has the engine know every type once: it goes through all types of a
// module before each function that it compiles. Passes that keep the indices of types
// leave very many equal ones behind. A module in which that takes less than writing it
// anew stays as it is.
func EqualTypes(m *wasm.Module) (*wasm.Module, error) {
	to, kept := mergedTypes(m)
	if equal := len(m.Types) - len(kept); equal*len(m.Bodies) < fewVisits+m.CodeSize() {
		return m, nil
	}
	r := wasm.Remap{Type: func(x uint32) uint32 { return to[x] }}
	out, err := r.Module(m)
	if err != nil {
		return nil, err
	}
	types, groups := make([]wasm.SubType, len(kept)), make([]wasm.RecGroup, len(kept))
	for i, x := range kept {
		types[i], groups[i] = out.Types[x], wasm.RecGroup{Start: uint32(i), Len: 1}
	}
	out.Types, out.RecGroups = types, groups
	return out, nil
}

// fewVisits is how many visits of types, some 20 ns each, nobody notices.
const fewVisits = 1 << 20

// mergedTypes says which types of m are to be kept, and what each one becomes. Where
// types are equal by the group that they are in, and where the visits are few anyway,
// it keeps all.
func mergedTypes(m *wasm.Module) (to, kept []uint32) {
	if len(m.Types)*len(m.Bodies) < fewVisits || len(m.RecGroups) != len(m.Types) {
		return nil, make([]uint32, len(m.Types))
	}
	first := map[wasm.TypeID]uint32{}
	for x, id := range wasm.NewTypeStore().Space(m).IDs {
		place, known := first[id]
		if !known {
			place = uint32(len(kept))
			first[id] = place
			kept = append(kept, uint32(x))
		}
		to = append(to, place)
	}
	return to, kept
}
