package wasm

// AppendU32 appends v as unsigned LEB128 in its shortest form (core 5.2.2).
func AppendU32(dst []byte, v uint32) []byte { return AppendU64(dst, uint64(v)) }

// AppendU64 appends v as unsigned LEB128 in its shortest form.
func AppendU64(dst []byte, v uint64) []byte {
	for v >= 0x80 {
		dst = append(dst, byte(v)|0x80)
		v >>= 7
	}
	return append(dst, byte(v))
}

// AppendS32 appends v as signed LEB128 in its shortest form.
func AppendS32(dst []byte, v int32) []byte { return AppendS64(dst, int64(v)) }

// AppendS33 appends v, which must fit 33 bits, as signed LEB128 in its shortest
// form. Block and heap types are written so.
func AppendS33(dst []byte, v int64) []byte { return AppendS64(dst, v) }

// AppendS64 appends v as signed LEB128 in its shortest form.
func AppendS64(dst []byte, v int64) []byte {
	for v < -0x40 || v >= 0x40 {
		dst = append(dst, byte(v)|0x80)
		v >>= 7
	}
	return append(dst, byte(v)&0x7F)
}

// SizeU32 is how many bytes AppendU32 appends for v.
func SizeU32(v uint32) int {
	n := 1
	for v >= 0x80 {
		v >>= 7
		n++
	}
	return n
}

// SizeS33 is how many bytes AppendS33 appends for v.
func SizeS33(v int64) int {
	n := 1
	for v < -0x40 || v >= 0x40 {
		v >>= 7
		n++
	}
	return n
}
