package native

import "encoding/binary"

// Places say where the instructions are that our machine code of a module has come from, for what traps in it. For each function in
// their order there are its index among the module's own, less that of the one before, how many places it has, and
// for each of these where its code ends, from the start of the function's, and the offset of its instruction from the start of the code section's
// contents, both less those before, the second as a signed number. All are LEB128 numbers.
type Places []byte

// placesOf are those of made, which has nil for functions that keep the engine's code.
func placesOf(made []*machineCode) Places {
	var b Places
	before := 0
	for i, c := range made {
		if c == nil || len(c.places) == 0 {
			continue
		}
		b = binary.AppendUvarint(b, uint64(i-before))
		before = i
		at := len(b)
		n, last, pos := uint64(0), int64(-1), int64(0)
		var list []byte
		for _, p := range c.places {
			if int64(p.at) <= last {
				continue
			}
			list = binary.AppendUvarint(list, uint64(int64(p.at)-max(last, 0)))
			list = binary.AppendVarint(list, int64(p.pos)-pos)
			last, pos = int64(p.at), int64(p.pos)
			n++
		}
		b = append(binary.AppendUvarint(b[:at], n), list...)
	}
	return b
}

// Finder is for [engine.CompileOptions]; nil where there are no places. It reads them when it is called.
func (p Places) Finder() func(own, in int64) (offset int64, ok bool) {
	if len(p) == 0 {
		return nil
	}
	return p.find
}

// find is the offset of the instruction behind whose code the byte in of the code of a function is, and whether
// there are places of the function.
func (p Places) find(own, in int64) (offset int64, ok bool) {
	next := func() uint64 {
		v, n := binary.Uvarint(p)
		if n <= 0 {
			n = len(p) // cut short
		}
		p = p[n:]
		return v
	}
	offset = -1
	for at := int64(0); len(p) > 0 && !ok; {
		at += int64(next())
		n := next()
		if at > own {
			break
		}
		ok = at == own
		end, pos := int64(0), int64(0)
		for ; n > 0 && len(p) > 0; n-- {
			end += int64(next())
			v := next()
			pos += int64(v>>1) ^ -int64(v&1) // as encoding/binary has signed numbers
			if ok && end <= in {
				offset = pos
			}
		}
	}
	return offset, ok
}
