package limits

import "github.com/wazedge/wazedge/internal/wasm"

// past is what a [scanner] remembers of the instructions before, for branches that go on where a
// local says.
type past struct {
	serial int32 // of the latest frame

	// loop is the innermost loop, plus one, of which only blocks have begun so far; else 0.
	loop int32

	// The latest instructions, as far as they matter.
	got    constant // a local is read
	number constant // a number
	set    constant // a local is set to that number

	advance advance
}

// constant is a local and a value, of which one may be missing.
type constant struct {
	there bool
	local uint32
	value uint32
}

// follow notes in, which control gets to.
func (p *past) follow(s *scanner, in *wasm.Instr) {
	p.advance.follow(in)
	number := p.number
	p.got, p.number, p.set = constant{}, constant{}, constant{}
	switch in.Op {
	case wasm.OpLoop:
		p.loop = int32(len(s.loops))
	case wasm.OpBlock:
	case wasm.OpLocalGet:
		p.got = constant{there: true, local: in.X}
	default:
		p.loop = 0
	}
	switch in.Op {
	case wasm.OpI32Const:
		p.number = constant{there: true, value: uint32(in.Val)}
	case wasm.OpLocalSet:
		p.set = constant{number.there, in.X, number.value}
	}
}

// resumes are where branches to a loop go on that begins by branching to where a local says: so
// languages with jumps of their own make of them what WebAssembly has.
type resumes struct {
	local  uint32
	frames []resume // by value of the local; nil for a loop that begins otherwise
}

// resume is the block behind whose end a branch goes on.
type resume struct{ at, serial int32 }

// noteResumes notes the br_table in, if the innermost loop begins with it.
func (s *scanner) noteResumes(in *wasm.Instr) {
	if s.charge == nil || s.past.loop == 0 || !s.past.got.there {
		return
	}
	r := &s.loops[s.past.loop-1].resumes
	list := in.Labels[:len(in.Labels)-1] // the last is for all other values
	r.local, r.frames = s.past.got.local, make([]resume, 0, len(list))
	for _, l := range list {
		at := int32(len(s.frames)-1) - int32(l)
		r.frames = append(r.frames, resume{at, s.frames[at].serial})
	}
}

// resumesAhead reports whether a branch to loop x that comes here goes on further ahead: the local
// was just set to a value that stands for a block which has not ended. Who only goes ahead goes
// round nothing: the branches back charge.
func (s *scanner) resumesAhead(x int32) bool {
	r, set := &s.loops[x].resumes, &s.past.set
	if !set.there || set.local != r.local || uint64(set.value) >= uint64(len(r.frames)) {
		return false
	}
	to := r.frames[set.value]
	return int(to.at) < len(s.frames) && s.frames[to.at].serial == to.serial && s.frames[to.at].op != wasm.OpLoop
}
