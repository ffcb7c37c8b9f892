package compat

import "github.com/wazedge/wazedge/internal/wasm"

// filling says what becomes of a module's data segments when there is an image of
// what they make of the memory.
type filling uint8

const (
	segmentsStay  filling = iota // there is no image
	segmentsEmpty                // active ones have no contents any more
	segmentsGo                   // none is left
)

// skeleton is m with function bodies that do nothing but trap, and without custom
// sections: all that linking, instantiation and the engine's compiled code need.
func skeleton(m *wasm.Module, f filling) *wasm.Module {
	out := *m
	out.Customs = nil
	out.Bodies = make([]wasm.Body, len(m.Bodies))
	for i := range out.Bodies {
		out.Bodies[i].Code = emptyBody
	}
	switch {
	case f == segmentsGo && m.DataCount == nil: // no instruction uses them (core 5.5.16)
		out.Datas = wasm.DataSegments{}
	case f != segmentsStay:
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
