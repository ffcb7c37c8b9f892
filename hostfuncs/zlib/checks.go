package zlib

import (
	"hash/crc32"
	"math/bits"
)

// adlerBase is the largest prime number below 65536.
const adlerBase = 65521

// adlerRun is how many bytes may be summed up before the sums are taken modulo adlerBase.
const adlerRun = 5552

// adlerUpdate is the Adler-32 of what has the checksum sum followed by b.
func adlerUpdate(sum uint32, b []byte) uint32 {
	low, high := sum&0xffff, sum>>16
	for len(b) > 0 {
		run := b[:min(len(b), adlerRun)]
		for _, v := range run {
			low += uint32(v)
			high += low
		}
		low, high = low%adlerBase, high%adlerBase
		b = b[len(run):]
	}
	return high<<16 | low
}

// adlerCombine is the Adler-32 of what has the checksum first followed by n bytes that have
// second.
func adlerCombine(first, second uint32, n int32) uint32 {
	if n < 0 {
		return 1<<32 - 1
	}
	rest := uint32(n) % adlerBase
	low := first & 0xffff
	high := uint32(uint64(rest) * uint64(low) % adlerBase)
	low += second&0xffff + adlerBase - 1
	high += first>>16 + second>>16 + adlerBase - rest
	return high%adlerBase<<16 | low%adlerBase
}

// crcCombine is the CRC-32 of what has the checksum first followed by n bytes that have
// second: polynomials over two elements, of which first is multiplied by x to the power of
// the number of bits.
func crcCombine(first, second uint32, n int32) uint32 {
	if n < 0 {
		return 0
	}
	power, square := uint32(1)<<31, uint32(1)<<23 // one, and x to the power of 8
	for ; n > 0; n >>= 1 {
		if n&1 != 0 {
			power = crcMultiply(power, square)
		}
		square = crcMultiply(square, square)
	}
	return crcMultiply(power, first) ^ second
}

// crcMultiply is a times b modulo the polynomial of CRC-32. The highest bit is the lowest
// power of x.
func crcMultiply(a, b uint32) uint32 {
	var product uint32
	for ; a != 0; a <<= 1 {
		if bits.LeadingZeros32(a) == 0 {
			product ^= b
		}
		carry := b & 1
		b >>= 1
		if carry != 0 {
			b ^= crc32.IEEE
		}
	}
	return product
}

// checksum continues the checksum in the first argument with the bytes that the others say. At
// address 0 there are none, and the checksum begins with what it is of nothing.
func checksum(nothing uint32, update func(uint32, []byte) uint32) func(call) (int32, error) {
	return func(c call) (int32, error) {
		b, err := c.bytes(c.ptr(1), c.size(2))
		if err != nil {
			return 0, err
		}
		if len(b) == 0 && c.word(1) == 0 {
			return int32(nothing), nil
		}
		sum := c.word(0)
		for len(b) > 0 && !c.config.Guest.Interrupted() {
			n := min(len(b), 4*piece)
			sum = update(sum, b[:n])
			b = b[n:]
		}
		return int32(sum), nil
	}
}

// checkRows are the functions of checksums.
func checkRows() []row {
	crc := func(sum uint32, b []byte) uint32 { return crc32.Update(sum, crc32.IEEETable, b) }
	return []row{
		{"adler32", "adler buf len", checksum(1, adlerUpdate)},
		{"adler32_z", "adler buf len", checksum(1, adlerUpdate)},
		{"adler32_combine", "adler1 adler2 len2", func(c call) (int32, error) {
			return int32(adlerCombine(c.word(0), c.word(1), c.number(2))), nil
		}},
		{"crc32", "crc buf len", checksum(0, crc)},
		{"crc32_z", "crc buf len", checksum(0, crc)},
		{"crc32_combine", "crc1 crc2 len2", func(c call) (int32, error) {
			return int32(crcCombine(c.word(0), c.word(1), c.number(2))), nil
		}},
	}
}
