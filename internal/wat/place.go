package wat

import (
	"sort"

	"github.com/wazedge/wazedge/internal/wasm"
)

// places are where in the text the instructions of functions are.
type places struct {
	function int // the function at hand; -1 for none
	list     map[int][]place
}

// place is where an instruction is: in its function's code, and in the text.
type place struct{ code, text int }

func (s *places) begin(function int) {
	if s != nil {
		s.function = function
	}
}

func (s *places) end() {
	if s != nil {
		s.function = -1
	}
}

// placed notes that the next instruction of the code is at the offset at of the text.
func (b *body) placed(at int) {
	if s := b.places; s != nil && s.function >= 0 {
		s.list[s.function] = append(s.list[s.function], place{len(b.code), at})
	}
}

// Place is where in the text of a module the instruction is that has the byte offset in what [Parse] and
// [wasm.Encode] make of the module; what is wrong there is left to the caller. ok is false where the offset is in
// no function, or the text is no module.
func Place(src []byte, offset int64) (at Error, ok bool) {
	text := string(src)
	p := newParser(text, 0, len(text))
	p.body.places = &places{function: -1, list: map[int][]place{}}
	m, err := p.whole()
	if err != nil {
		return at, false
	}
	made, err := wasm.Decode(wasm.Encode(m), wasm.Wasm3|wasm.Threads)
	if err != nil {
		return at, false
	}
	for n := range made.Bodies {
		in := offset - made.Bodies[n].Offset
		if in < 0 || in >= int64(len(made.Bodies[n].Code)) {
			continue
		}
		list := p.body.places.list[n]
		k := sort.Search(len(list), func(i int) bool { return int64(list[i].code) > in }) - 1
		if k < 0 {
			return at, false
		}
		return *errorAt(text, list[k].text, "").(*Error), true
	}
	return at, false
}
