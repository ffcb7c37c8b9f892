package wasi

import "github.com/wazedge/wazedge/hostfuncs/abi"

// argsSizesGet tells the number of arguments and the bytes they take, each with
// a final NUL.
//
//   - count: place for the number of arguments, u32
//   - bytes: place for what they take, u32
//
// Errors: none of its own.
//
// Memory: the two numbers.
func (h *Host) argsSizesGet(m memory, count, bytes ptr32) Errno {
	return writeSizes(m, h.args, count, bytes)
}

// argsGet writes the address of each argument to the array at argv, and the
// arguments one after another at buf.
//
//   - argv: place for the addresses, u32 each, as many as argsSizesGet tells
//   - buf: place for the texts, of as many bytes
//
// Errors: none of its own.
//
// Memory: with the arguments "a" and "bc", argv 16 and buf 32:
//
//	16: 20 00 00 00 22 00 00 00    the addresses 32 and 34
//	32: 61 00 62 63 00             "a" NUL "bc" NUL
func (h *Host) argsGet(m memory, argv ptr32, buf ptr) Errno {
	return writeStrings(m, h.args, argv, buf)
}

// environSizesGet is argsSizesGet for the environment.
//
//   - count, bytes: as of argsSizesGet
//
// Errors: none of its own.
//
// Memory: the two numbers.
func (h *Host) environSizesGet(m memory, count, bytes ptr32) Errno {
	return writeSizes(m, h.env, count, bytes)
}

// environGet is argsGet for the environment.
//
//   - environ, buf: as of argsGet
//
// Errors: none of its own.
//
// Memory: as argsGet, with texts like "NAME=value".
func (h *Host) environGet(m memory, environ ptr32, buf ptr) Errno {
	return writeStrings(m, h.env, environ, buf)
}

// stringBytes is what list takes with a NUL after each string.
func stringBytes(list []string) size {
	n := 0
	for _, s := range list {
		n += len(s) + 1
	}
	return size(n)
}

func writeSizes(m memory, list []string, count, bytes ptr32) Errno {
	c, ok := m.U32(count)
	if !ok {
		return EFAULT
	}
	b, ok := m.U32(bytes)
	if !ok {
		return EFAULT
	}
	abi.Put32(c, uint32(len(list)))
	abi.Put32(b, uint32(stringBytes(list)))
	return Success
}

func writeStrings(m memory, list []string, array ptr32, buf ptr) Errno {
	addrs, ok := m.Array(ptr(array), size(len(list)), 4)
	if !ok {
		return EFAULT
	}
	b, ok := m.Bytes(buf, stringBytes(list))
	if !ok {
		return EFAULT
	}
	at := uint32(buf)
	for i, s := range list {
		abi.Put32(addrs[4*i:], at)
		n := copy(b, s)
		b[n] = 0
		b = b[n+1:]
		at += uint32(n) + 1
	}
	return Success
}
