package validate

import (
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// openIfs finds the outermost open if that has no else although its parameters do
// not do as its results. WasmEdge, whose loader knows of the missing else, says so
// at the if, before it looks at what is inside. This reads the rest of the body and
// is called on the way of an error only.
func (c *checker) openIfs() *fault.Error {
	var r wasm.Reader
	r.Reset(c.r.Rest(), c.r.Pos(), c.features)
	var found *frame
	in := c.in
	inner := 0 // blocks that opened behind the error
	orElse := false
	for open := len(c.ctrl); open > 0; {
		f := &c.ctrl[open-1]
		switch in.Op {
		case wasm.OpBlock, wasm.OpLoop, wasm.OpIf, wasm.OpTryTable:
			if in.Offset != c.start+int64(f.pos) {
				inner++
			}
		case wasm.OpElse:
			orElse = orElse || inner == 0
		case wasm.OpEnd:
			if inner > 0 {
				inner--
				break
			}
			if f.op == wasm.OpIf && !f.falls && !orElse {
				found = f
			}
			open--
			orElse = false
		}
		if !r.More() || r.Next(&in) != nil {
			break
		}
	}
	if found == nil {
		return nil
	}
	return inInstruction(mismatches(c.results(found), c.params(found)), wasm.OpIf, c.start+int64(found.pos))
}
