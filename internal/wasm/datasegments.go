package wasm

import "iter"

// DataSegments are the entries of a data section. A decoded module has tens of
// thousands of them when Go's linker wrote it, so they stay in the file until
// asked for, and cost four bytes each. The zero value has none.
type DataSegments struct {
	built []DataSegment // the entries, unless they are in a file

	section  []byte   // the section's contents in the file, and what follows
	offset   int64    // of section in the file
	at       []uint32 // where in section each entry begins
	end      int      // where in section the last one ends
	plain    bool     // see Plain
	features Features // that the entries were read under
}

// DataSegmentsOf are the given entries. The slice belongs to the result.
func DataSegmentsOf(entries []DataSegment) DataSegments { return DataSegments{built: entries} }

// Len is how many entries there are.
func (s DataSegments) Len() int { return len(s.built) + len(s.at) }

// Plain reports that all entries are active in memory 0 at an i32.const, as far as that is
// known without looking at them.
func (s DataSegments) Plain() bool { return s.plain }

// At is entry i.
func (s DataSegments) At(i int) DataSegment {
	if s.at == nil {
		return s.built[i]
	}
	return s.read(new(decoder), s.at[i])
}

// All are the entries with their indices.
func (s DataSegments) All() iter.Seq2[int, DataSegment] {
	return func(yield func(int, DataSegment) bool) {
		for i, d := range s.built {
			if !yield(i, d) {
				return
			}
		}
		d := new(decoder)
		for i, at := range s.at {
			if !yield(i, s.read(d, at)) {
				return
			}
		}
	}
}

// read reads the entry that begins at at, by d if need be.
func (s DataSegments) read(d *decoder, at uint32) DataSegment {
	if plain, end := plainDataSegment(s.section, int(at)); end > 0 {
		plain.FilePos += s.offset
		plain.Offset.Offset += s.offset
		return plain
	}
	d.Reset(s.section, s.offset, s.features)
	d.pos = int(at)
	return d.dataSegment()
}

// Slice are the entries in a slice of their own, to be changed and given to
// [DataSegmentsOf].
func (s DataSegments) Slice() []DataSegment {
	out := make([]DataSegment, 0, s.Len())
	for _, d := range s.All() {
		out = append(out, d)
	}
	return out
}

// Append adds an entry behind the others.
func (s *DataSegments) Append(d DataSegment) {
	if s.at != nil {
		*s = DataSegmentsOf(s.Slice())
	}
	s.built = append(s.built, d)
}

// fileSize is how many bytes the entries in the file take.
func (s DataSegments) fileSize() int {
	if len(s.at) == 0 {
		return 0
	}
	return s.end - int(s.at[0])
}

// dataSection notes where the entries are (core 5.5.14).
func (d *decoder) dataSection(int) {
	start := d.pos
	n := d.count()
	d.in("data section")
	at := make([]uint32, 0, d.room(n, 2))
	plain := true
	for i := 0; i < n && d.ok(); i++ {
		at = append(at, uint32(d.pos-start))
		if _, end := plainDataSegment(d.buf, d.pos); end > 0 {
			d.pos = end
			continue
		}
		plain = false
		d.dataSegment()
		d.in("data section")
	}
	d.m.Datas = DataSegments{section: d.m.source[start:], offset: int64(start), at: at, end: d.pos - start, features: d.features, plain: plain}
}

// plainDataSegment is the entry at p, with offsets in buf, and its end, if it is of the
// common form, active in the first memory at an i32.const; else the end is 0.
func plainDataSegment(buf []byte, p int) (d DataSegment, end int) {
	if len(buf)-p < 5 || buf[p] != 0 || buf[p+1] != byte(Ops[OpI32Const].Code) {
		return d, 0
	}
	_, q := shortLEB(buf, p+2)
	if q == 0 || q >= len(buf) || buf[q] != byte(Ops[OpEnd].Code) {
		return d, 0
	}
	q++
	size, at := shortLEB(buf, q)
	if at == 0 || size > len(buf)-at {
		return d, 0
	}
	end = at + size
	return DataSegment{
		FilePos: int64(p), Mode: Active,
		Offset: Expr{Offset: int64(p + 1), Code: buf[p+1 : q : q]},
		Init:   buf[at:end:end],
	}, end
}

// shortLEB is the LEB128 number at p and its end, if it takes at most four bytes:
// such a number has no way to be malformed. The end is 0 otherwise.
func shortLEB(buf []byte, p int) (v, end int) {
	for shift := 0; shift < 28 && p < len(buf); shift += 7 {
		b := buf[p]
		p++
		v |= int(b&0x7F) << shift
		if b < 0x80 {
			return v, p
		}
	}
	return 0, 0
}
