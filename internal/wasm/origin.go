package wasm

import "sort"

// Origin says where a run of a rewritten body's instructions comes from: what
// stands at an offset At of the Code and behind, up to the next Origin, stands for
// the instruction that was at From in the file.
type Origin struct {
	At   uint32
	From int64
}

// Origins are those of one body, in the order of their places.
type Origins []Origin

// Origin is the file offset of the instruction that stands at a place in b, which
// is given as if b still were at its Offset in the file. It is -1 for what a pass
// has put in front of the first instruction.
func (b *Body) Origin(offset int64) int64 {
	if b.Origins == nil {
		return offset
	}
	at := offset - b.Offset
	origins := *b.Origins
	n := sort.Search(len(origins), func(n int) bool { return int64(origins[n].At) > at }) - 1
	if n < 0 {
		return -1
	}
	return origins[n].From
}

// Origin notes that what is written next stands for the instruction at offset in
// the body old. A pass calls it for every instruction when its module is traced.
func (e *Emitter) Origin(old *Body, offset int64) {
	o := Origin{At: uint32(len(e.Code)), From: old.Origin(offset)}
	if n := len(e.Origins); n > 0 && e.Origins[n-1].At == o.At {
		e.Origins[n-1] = o
		return
	}
	e.Origins = append(e.Origins, o)
}

// Body is the body at offset of the file whose locals are declared by runs and
// whose instructions were written to e. It is the last thing to ask of e.
func (e *Emitter) Body(offset int64, runs []LocalRun) Body {
	code := AppendLocals(make([]byte, 0, len(e.Code)+8), runs)
	b := Body{Offset: offset, Code: append(code, e.Code...)}
	if e.Origins != nil {
		b.Origins = &e.Origins
		for n := range e.Origins {
			e.Origins[n].At += uint32(len(code))
		}
	}
	return b
}
