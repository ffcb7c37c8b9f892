// Package skeleton makes of modules what is kept of them beside their code, and images of what
// their data segments make of memory.
package skeleton

import "github.com/wazedge/wazedge/internal/wasm"

// Filling says what becomes of a module's data segments when there is an image of
// what they make of the memory.
type Filling uint8

const (
	SegmentsStay  Filling = iota // there is no image
	SegmentsEmpty                // active ones have no contents any more
	SegmentsGo                   // none is left
)

// Of is m with function bodies that do nothing but trap, and without custom
// sections: all that linking, instantiation and the engine's compiled code need.
func Of(m *wasm.Module, f Filling) *wasm.Module {
	out := *m
	out.Customs = nil
	out.Bodies = make([]wasm.Body, len(m.Bodies))
	for i := range out.Bodies {
		out.Bodies[i].Code = emptyBody
	}
	switch {
	case f == SegmentsGo && m.DataCount == nil: // no instruction uses them (core 5.5.16)
		out.Datas = wasm.DataSegments{}
	case f != SegmentsStay:
		segments := m.Datas.Slice()
		for i := range segments {
			if segments[i].Mode == wasm.Active {
				segments[i].Init = nil
			}
		}
		out.Datas = wasm.DataSegmentsOf(segments)
	}
	return &out
}

// emptyBody declares no locals and is unreachable.
var emptyBody = []byte{0, 0x00, 0x0B}
