package validate

import (
	"sort"

	"github.com/wazedge/wazedge/internal/wasm"
)

// locals are a function's parameters and locals. Those that the size of the body
// lets expect to be used are spread out; the rest, of which a few bytes can declare
// millions, stay as the runs that they were declared in.
type locals struct {
	params []wasm.ValType
	flat   []wasm.ValType // the first of all, marked unset until initialised
	runs   []run          // those after flat and the parameters
	n      uint32         // all of them
	room   int            // how many may be in flat

	far map[uint32]struct{} // of those in runs, the ones that were initialised
}

// run is a declaration of locals of one type.
type run struct {
	end uint32 // the index after the last of them
	t   wasm.ValType
}

// unset marks a local without a default value that is not initialised; value types
// leave the bit free.
const unset wasm.ValType = 1 << 8

// reset begins a function with the given parameters and a body of size bytes.
func (l *locals) reset(params []wasm.ValType, size int) {
	l.params = params
	l.room = size + 32
	l.flat, l.runs = append(l.flat[:0], params[:min(len(params), l.room)]...), l.runs[:0]
	l.n = uint32(len(params))
	clear(l.far)
}

// declare adds n locals of type t.
func (l *locals) declare(n uint32, t wasm.ValType) {
	if !t.Defaultable() {
		t |= unset
	}
	l.n += n
	if len(l.runs) > 0 || int64(n) > int64(l.room-len(l.flat)) {
		l.runs = append(l.runs, run{l.n, t})
		return
	}
	for range n {
		l.flat = append(l.flat, t)
	}
}

// get is the type of local x, which exists, with the mark if it is not initialised.
func (l *locals) get(x uint32) wasm.ValType {
	if int64(x) < int64(len(l.flat)) {
		return l.flat[x]
	}
	if int64(x) < int64(len(l.params)) {
		return l.params[x]
	}
	t := l.runs[sort.Search(len(l.runs), func(i int) bool { return x < l.runs[i].end })].t
	if _, set := l.far[x]; set {
		t &^= unset
	}
	return t
}

// set initialises local x, which is not a parameter.
func (l *locals) set(x uint32) {
	if int64(x) < int64(len(l.flat)) {
		l.flat[x] &^= unset
		return
	}
	if l.far == nil {
		l.far = map[uint32]struct{}{}
	}
	l.far[x] = struct{}{}
}

// unset undoes set.
func (l *locals) unset(x uint32) {
	if int64(x) < int64(len(l.flat)) {
		l.flat[x] |= unset
		return
	}
	delete(l.far, x)
}
