package limits

import "github.com/wazedge/wazedge/internal/wasm"

// hostCalls knows which calls may be of the host.
type hostCalls struct {
	imported uint32
	indirect bool // the host's functions can be found in tables
}

// newHostCalls knows those of m, whose first imported functions are the host's.
func newHostCalls(m *wasm.Module, imported uint32) *hostCalls {
	h := &hostCalls{imported: imported}
	for i := range m.Imports {
		h.indirect = h.indirect || m.Imports[i].Kind == wasm.ExternTable
	}
	for i := range m.Exports {
		// What is exported can be referred to in code.
		h.indirect = h.indirect || m.Exports[i].Kind == wasm.ExternFunc && m.Exports[i].Index < imported
	}
	for _, f := range referenced(m, map[uint32]bool{}) {
		h.indirect = h.indirect || f < h.imported
	}
	return h
}

// called reports whether the call in may be of the host.
func (h *hostCalls) called(in *wasm.Instr) bool {
	switch {
	case h == nil:
		return false
	case in.Op == wasm.OpCall, in.Op == wasm.OpReturnCall:
		return in.X < h.imported
	}
	return h.indirect
}
