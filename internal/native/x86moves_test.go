package native

import (
	"testing"

	"golang.org/x/arch/x86/x86asm"
)

// TestMovesOverVectorsAreProven states that a number may take the place of a vector that was put there only to go on, and that nothing of
// such moves may be missing.
func TestMovesOverVectorsAreProven(t *testing.T) {
	const vector, number, x0, x8 = 1, 2, loc(xmm0), loc(xmm0 + 8)
	f := &fn{m: &module{}, work: workPerFunction}
	l := &lfn{fn: f, wide: []bool{false, false, true}, float: []bool{false, true, true}, vec: []bool{false, true, false}}
	in := &ins{entry: []move{{vector, x8, x0}}, before: []move{{number, slotBase + 3, x0}, {vector, x0, x8}}}
	e := &emitter{writing: writing{lfn: l}}
	var ends []int
	for _, list := range [2][]move{in.entry, in.before} {
		e.moves(list, e)
		ends = append(ends, e.at())
	}
	e.byte(0xC3)
	c := &machineCode{text: e.b, end: e.at()}
	p, err := read(c)
	if err != nil || ends[0] == 0 || len(p.list) != 4 {
		t.Fatal(len(p.list), err)
	}
	p.lfn = l
	code := p.list[:3]
	if !p.puts(in, code) {
		t.Error("the moves are refused")
	}
	for k := range code {
		some := append(append([]decoded(nil), code[:k]...), code[k+1:]...)
		back := code[k].Args[0] == x86asm.Arg(x86asm.X8) // where the vector is already
		if p.puts(in, some) != back {
			t.Errorf("without %v: taken %v", code[k].Inst, !back)
		}
	}
}
