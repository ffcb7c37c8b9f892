package private

import (
	"encoding/binary"
	"hash/crc32"
	"unsafe"
)

// Place says that the machine code in front of the offset Code comes from the instruction at
// the offset Wasm of the code section's contents.
type Place struct{ Wasm, Code uint64 }

// Layout is an [Artifact] taken apart. Whoever puts it together anew keeps Offsets and the
// code's offsets of Places in ascending order: the engine searches them.
type Layout struct {
	head    []byte   // magic and version
	Offsets []uint64 // where each of the module's own functions begins in Code
	Code    []byte
	Placed  bool // there are Places
	Places  []Place
	rest    []byte // handlers of exceptions
	owner   any    // of the code that there was, which begins at begin
	begin   *byte
}

// LayoutOf takes a apart. ok is false where a does not look as the engine writes it.
func LayoutOf(a Artifact) (l Layout, ok bool) {
	if len(a.Before) < len(artifactMagic)+1 {
		return l, false
	}
	head := len(artifactMagic) + 1 + int(a.Before[len(artifactMagic)])
	if len(a.Before) < head+4 {
		return l, false
	}
	l.head = a.Before[:head]
	n := uint64(binary.LittleEndian.Uint32(a.Before[head:]))
	table := a.Before[head+4:]
	if uint64(len(table)) != 8*n+8 {
		return l, false
	}
	l.Offsets = make([]uint64, 0, n)
	for i := range n {
		l.Offsets = append(l.Offsets, binary.LittleEndian.Uint64(table[8*i:]))
	}
	l.Code, l.owner, l.begin = a.Body, a.Owner, unsafe.SliceData(a.Body)
	after := a.After
	if len(a.Body) > 0 {
		if len(after) < 4 {
			return l, false
		}
		after = after[4:]
	}
	if len(after) < 1 {
		return l, false
	}
	l.Placed = after[0] == 1
	after = after[1:]
	if l.Placed {
		if len(after) < 8 {
			return l, false
		}
		k := binary.LittleEndian.Uint64(after)
		after = after[8:]
		if k > uint64(len(after))/16 {
			return l, false
		}
		l.Places = make([]Place, 0, k)
		for ; k > 0; k-- {
			l.Places = append(l.Places, Place{binary.LittleEndian.Uint64(after), binary.LittleEndian.Uint64(after[8:])})
			after = after[16:]
		}
	}
	l.rest = after
	return l, true
}

// Artifact puts l together.
func (l *Layout) Artifact() Artifact {
	before := append(make([]byte, 0, len(l.head)+8*len(l.Offsets)+12), l.head...)
	before = binary.LittleEndian.AppendUint32(before, uint32(len(l.Offsets)))
	for _, o := range l.Offsets {
		before = binary.LittleEndian.AppendUint64(before, o)
	}
	before = binary.LittleEndian.AppendUint64(before, uint64(len(l.Code)))
	after := make([]byte, 0, 16*len(l.Places)+len(l.rest)+13)
	if len(l.Code) > 0 {
		after = binary.LittleEndian.AppendUint32(after, crc32.Checksum(l.Code, artifactSums))
	}
	if l.Placed && len(l.Places) > 0 {
		after = append(after, 1)
		after = binary.LittleEndian.AppendUint64(after, uint64(len(l.Places)))
		for _, p := range l.Places {
			after = binary.LittleEndian.AppendUint64(after, p.Wasm)
			after = binary.LittleEndian.AppendUint64(after, p.Code)
		}
	} else {
		after = append(after, 0)
	}
	made := Artifact{Before: before, Body: l.Code, After: append(after, l.rest...)}
	if unsafe.SliceData(l.Code) == l.begin {
		made.Owner = l.owner
	}
	return made
}
