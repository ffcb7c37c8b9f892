package cells

import (
	"encoding/binary"
	"errors"
	"io"
)

// What is read of a program: the sizes and offsets of the 64-bit form of ELF (System V ABI, Object Files).
const (
	elfMagic      = "\x7fELF\x02\x01" // of 64 bits, the least significant byte first
	elfHeader     = 64
	programHeader = 56
	interpreter   = 3 // the type of the header that names a loader
)

// static is an error if file is a program that needs a loader and libraries: containers have none.
func static(file io.ReaderAt) error {
	head := make([]byte, elfHeader)
	if _, err := file.ReadAt(head, 0); err != nil || string(head[:len(elfMagic)]) != elfMagic {
		return nil // the kernel says what is wrong with it
	}
	at, size, count := binary.LittleEndian.Uint64(head[32:]), binary.LittleEndian.Uint16(head[54:]), binary.LittleEndian.Uint16(head[56:])
	if at > 1<<40 || size < programHeader {
		return nil
	}
	kind := make([]byte, 4)
	for n := range int64(count) {
		if _, err := file.ReadAt(kind, int64(at)+n*int64(size)); err != nil {
			return nil
		}
		if binary.LittleEndian.Uint32(kind) == interpreter {
			return errors.New("a program with libraries of its own does not run in containers; build it with CGO_ENABLED=0")
		}
	}
	return nil
}
