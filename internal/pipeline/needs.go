package pipeline

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/wazedge/wazedge/internal/lower"
	"github.com/wazedge/wazedge/internal/wasm"
)

// Needs are what has to be there for an instance of a lowered module, beside what
// the module imported before. A module that is cached brings them along, so that no
// pass has to run for them again.
type Needs struct {
	Objects *Objects // nil for a module without any
	Helpers []Helper
	Copies  []lower.CopyPair
}

// Objects are what the heap has to know of a module.
type Objects struct {
	Types []byte   // a module with the types of what the pass gc was given
	Funcs []uint32 // see lower.GCFuncs
}

// Helper is a [lower.Helper] in the form in which the engine takes it.
type Helper struct {
	Name    string
	Module  []byte
	Shared  bool // its memory is
	Exports []string
	Host    bool
}

// Empty reports whether nothing has to be there.
func (n *Needs) Empty() bool { return n.Objects == nil && len(n.Helpers) == 0 && len(n.Copies) == 0 }

// addObjects notes that the pass gc is given m.
func (n *Needs) addObjects(m *wasm.Module) {
	n.Objects = &Objects{
		Types: wasm.Encode(&wasm.Module{Types: m.Types, RecGroups: m.RecGroups}), Funcs: lower.GCFuncs(m),
	}
}

// addHelpers notes that the module imports from those in list.
func (n *Needs) addHelpers(list []lower.Helper) {
	for _, h := range list {
		n.Helpers = append(n.Helpers, Helper{h.Name, wasm.Encode(h.Module), h.Module.SharesMemory(), h.Exports, h.Host})
	}
}

// Space are the types in the identities of store.
func (o *Objects) Space(store *wasm.TypeStore) (*wasm.TypeSpace, error) {
	m, err := wasm.Decode(o.Types, wasm.Wasm3|wasm.Threads)
	if err != nil {
		return nil, fmt.Errorf("types of objects: %w", err)
	}
	return store.Space(m), nil
}

// needsSection is the name of the custom section of a skeleton that holds its needs.
// Skeletons have no other custom sections.
const needsSection = "wazedge:needs"

// In is the skeleton m with n; see [NeedsOf].
func (n *Needs) In(m *wasm.Module) (*wasm.Module, error) {
	if n.Empty() {
		return m, nil
	}
	text, err := json.Marshal(n)
	if err != nil {
		return nil, err
	}
	out := *m
	out.Customs = []wasm.Custom{{Name: needsSection, Data: text}}
	return &out, nil
}

// NeedsOf are the needs that [Needs.In] has added to m.
func NeedsOf(m *wasm.Module) (n Needs, err error) {
	i := slices.IndexFunc(m.Customs, func(c wasm.Custom) bool { return c.Name == needsSection })
	if i < 0 {
		return n, nil
	}
	if err := json.Unmarshal(m.Customs[i].Data, &n); err != nil {
		return n, fmt.Errorf("%s: %w", needsSection, err)
	}
	return n, nil
}
