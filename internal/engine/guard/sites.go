package guard

import (
	"bytes"
	"encoding/binary"
	"unsafe"
)

// What follows the code of a module with sites: these, in the order of At; then mark, how many there are, and
// how long all of it is, each of eight bytes in the processor's order, which is the same on all that have guards.
const mark = "\x0F\x0Bwazedge guards" // begins with an instruction that traps

const tailSize = len(mark) + 16

// Append is code with sites behind it.
func Append(code []byte, sites []Site) []byte {
	for len(code)%8 != 0 {
		code = append(code, 0xCC)
	}
	for _, s := range sites {
		code = binary.LittleEndian.AppendUint32(code, s.At)
		code = binary.LittleEndian.AppendUint32(code, s.To)
	}
	code = append(code, mark...)
	code = binary.LittleEndian.AppendUint64(code, uint64(len(sites)))
	return binary.LittleEndian.AppendUint64(code, uint64(len(code)+8))
}

// Marked reports whether code ends as [Append] has it.
func Marked(code []byte) bool {
	return len(code) >= tailSize && bytes.HasPrefix(code[len(code)-tailSize:], []byte(mark))
}

// AddMarked is [Add] for code, which [Append] has made and which is where it is executed. It is nil for code
// without sites.
func AddMarked(code []byte) (*Code, error) {
	if !Marked(code) {
		return nil, errSites
	}
	tail := code[len(code)-tailSize+len(mark):]
	n, size := binary.LittleEndian.Uint64(tail), binary.LittleEndian.Uint64(tail[8:])
	end := uint64(len(code) - tailSize)
	if size != uint64(len(code)) || n > end/8 || end%8 != 0 {
		return nil, errSites
	}
	if n == 0 {
		return nil, nil
	}
	return Add(unsafe.Pointer(unsafe.SliceData(code)), uintptr(len(code)), unsafe.Add(unsafe.Pointer(unsafe.SliceData(code)), end-8*n), int(n))
}
