package compat

import "github.com/wazedge/wazedge/internal/wasm"

// skeleton is m with function bodies that do nothing but trap, and without custom
// sections: all that linking, instantiation and the engine's compiled code need.
// With filled, active data segments are empty as well: they are in the image then.
func skeleton(m *wasm.Module, filled bool) *wasm.Module {
	out := *m
	out.Customs = nil
	out.Bodies = make([]wasm.Body, len(m.Bodies))
	for i := range out.Bodies {
		out.Bodies[i].Code = emptyBody
	}
	if filled {
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
