package diagnose

import (
	"fmt"

	"github.com/wazedge/wazedge/internal/wasm"
)

// Line is an instruction as a person reads it.
type Line struct {
	Offset int64 // in the file
	Text   string
}

// Around are the instructions around that of f, which is a frame of s, n on each side at most.
func (s *Subject) Around(f Frame, n int) []Line {
	own := int(f.Function) - int(s.Module.ImportedCount(wasm.ExternFunc))
	if own < 0 || own >= len(s.Module.Bodies) {
		return nil
	}
	_, r, err := s.Module.Bodies[own].Locals(s.Plan.Features)
	if err != nil {
		return nil
	}
	var lines []Line
	for after := 0; r.More() && after < n; {
		var in wasm.Instr
		if r.Next(&in) != nil {
			break
		}
		lines = append(lines, Line{in.Offset, text(&in)})
		if in.Offset > f.Offset {
			after++
		} else if len(lines) > n+1 {
			lines = lines[1:]
		}
	}
	return lines
}

// text is in with the immediates that a person looks for.
func text(in *wasm.Instr) string {
	switch in.Op.Info().Imm {
	case wasm.ImmMemArg:
		if in.Val != 0 {
			return fmt.Sprintf("%v offset=%d", in.Op, in.Val)
		}
	case wasm.ImmLocal, wasm.ImmGlobal, wasm.ImmFunc, wasm.ImmLabel:
		return fmt.Sprintf("%v %d", in.Op, in.X)
	case wasm.ImmI32:
		return fmt.Sprintf("%v %d", in.Op, int32(in.Val))
	case wasm.ImmI64:
		return fmt.Sprintf("%v %d", in.Op, int64(in.Val))
	}
	return in.Op.String()
}
