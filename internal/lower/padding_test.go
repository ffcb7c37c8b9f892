package lower_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/wasm"
)

// padder writes numbers longer than they need be, now and then.
type padder struct{ below func(int) int }

// pad lengthens the number that ends b.
func (p padder) pad(b []byte, signed bool) []byte {
	if p.below(3) > 0 {
		return b
	}
	n := 1
	for n < len(b) && b[len(b)-1-n] >= 0x80 {
		n++
	}
	if n >= 5 {
		return b
	}
	last := b[len(b)-1]
	fill := byte(0)
	if signed && last&0x40 != 0 {
		fill = 0x7F
	}
	b[len(b)-1] = last | 0x80
	for range p.below(5 - n) {
		b = append(b, fill|0x80)
	}
	return append(b, fill)
}

func (p padder) u32(b []byte, v uint32) []byte { return p.pad(wasm.AppendU32(b, v), false) }

// instr appends in.
func (p padder) instr(b []byte, in *wasm.Instr) []byte {
	info := in.Op.Info()
	start := len(b)
	if info.Prefix == 0 {
		b = append(b, byte(info.Code))
	} else {
		b = p.u32(append(b, info.Prefix), info.Code)
	}
	switch info.Imm {
	case wasm.ImmLocal, wasm.ImmLabel, wasm.ImmFunc, wasm.ImmGlobal, wasm.ImmTable, wasm.ImmMem, wasm.ImmData, wasm.ImmElem:
		return p.u32(b, in.X)
	case wasm.ImmMemMem, wasm.ImmDataMem, wasm.ImmCallIndirect, wasm.ImmTableTable, wasm.ImmElemTable:
		return p.u32(p.u32(b, in.X), in.Y)
	case wasm.ImmI32, wasm.ImmI64:
		return p.pad(wasm.AppendS64(b, int64(in.Val)), true)
	case wasm.ImmMemArg, wasm.ImmMemArgLane:
		if p.below(3) == 0 {
			b = p.u32(p.u32(b, in.Align|64), in.X)
		} else {
			b = p.u32(b, in.Align)
		}
		b = p.u32(b, uint32(in.Val))
		if info.Imm == wasm.ImmMemArgLane {
			b = append(b, in.Lane)
		}
		return b
	}
	// What is left begins with its opcode in the shortest form.
	rest := wasm.AppendInstr(nil, in)
	opcode := 1
	if info.Prefix != 0 {
		opcode += wasm.SizeU32(info.Code)
	}
	if info.Imm == wasm.ImmNone || info.Imm == wasm.ImmLane || info.Imm == wasm.ImmV128 || info.Imm == wasm.ImmShuffle {
		return append(b, rest[opcode:]...)
	}
	return append(b[:start], rest...)
}

// module is m with numbers padded in bodies and in front of sections.
func (p padder) module(m *wasm.Module) ([]byte, error) {
	out := *m
	out.Bodies = nil
	for i := range m.Bodies {
		runs, r, err := m.Bodies[i].Locals(everyProposal)
		if err != nil {
			return nil, err
		}
		code := p.u32(nil, uint32(len(runs)))
		for _, run := range runs {
			code = wasm.AppendValType(p.u32(code, run.N), run.Type)
		}
		for in := new(wasm.Instr); r.More(); {
			if err := r.Next(in); err != nil {
				return nil, err
			}
			code = p.instr(code, in)
		}
		out.Bodies = append(out.Bodies, wasm.Body{Code: code})
	}
	file := wasm.Encode(&out)
	whole, err := wasm.Decode(file, everyProposal)
	if err != nil {
		return nil, err
	}
	padded := bytes.Clone(file[:8])
	for _, s := range whole.Sections {
		padded = p.u32(append(padded, byte(s.ID)), uint32(s.Size))
		padded = append(padded, file[s.Offset:s.Offset+s.Size]...)
	}
	return padded, nil
}

// agreePadded runs a random module whose numbers are padded, and has the engine
// compile what becomes of it by changing some bytes, where that is valid.
func agreePadded(t *testing.T, what string, below func(int) int) {
	t.Helper()
	file, err := padder{below}.module(engineModule(below, false))
	if err != nil {
		t.Fatal(err)
	}
	agreeFile(t, what, file)
	for range 4 {
		changed := bytes.Clone(file)
		for range 1 + below(2) {
			changed[8+below(len(changed)-8)] = byte(below(256))
		}
		given, err := forEngine(changed)
		if err != nil || manyLocals(changed) {
			continue
		}
		for _, interpreter := range []bool{false, true} {
			rt := engine.New(t.Context(), engine.Config{Interpreter: interpreter})
			if _, err := rt.Compile(t.Context(), given, 1); err != nil {
				t.Errorf("%s: interpreter %v: %v: %x", what, interpreter, err, changed)
			}
			rt.Close(t.Context())
		}
	}
}

// manyLocals reports whether a function of the module in file has more locals than
// compiling it should be waited for.
func manyLocals(file []byte) bool {
	m, err := wasm.Decode(file, everyProposal)
	if err != nil {
		return true
	}
	for i := range m.Bodies {
		runs, _, _ := m.Bodies[i].Locals(everyProposal)
		n := uint32(0)
		for _, run := range runs {
			n += run.N
		}
		if n > 1000 {
			return true
		}
	}
	return false
}

func TestPaddedEncodings(t *testing.T) {
	for seed := range uint64(many(15, 200)) {
		agreePadded(t, fmt.Sprintf("seed %d", seed), random(seed))
	}
}
