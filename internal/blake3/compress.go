package blake3

import "math/bits"

// compress is the first half of BLAKE3's compression, which is all that is used of it: seven rounds, in
// each of which the words of the block have another order.
func compress(h *words, m *[16]uint32, counter uint64, length, flags uint32) words {
	v0, v1, v2, v3, v4, v5, v6, v7 := h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7]
	v8, v9, v10, v11 := uint32(0x6A09E667), uint32(0xBB67AE85), uint32(0x3C6EF372), uint32(0xA54FF53A)
	v12, v13, v14, v15 := uint32(counter), uint32(counter>>32), length, flags

	v0, v4, v8, v12 = mix(v0, v4, v8, v12, m[0], m[1])
	v1, v5, v9, v13 = mix(v1, v5, v9, v13, m[2], m[3])
	v2, v6, v10, v14 = mix(v2, v6, v10, v14, m[4], m[5])
	v3, v7, v11, v15 = mix(v3, v7, v11, v15, m[6], m[7])
	v0, v5, v10, v15 = mix(v0, v5, v10, v15, m[8], m[9])
	v1, v6, v11, v12 = mix(v1, v6, v11, v12, m[10], m[11])
	v2, v7, v8, v13 = mix(v2, v7, v8, v13, m[12], m[13])
	v3, v4, v9, v14 = mix(v3, v4, v9, v14, m[14], m[15])

	v0, v4, v8, v12 = mix(v0, v4, v8, v12, m[2], m[6])
	v1, v5, v9, v13 = mix(v1, v5, v9, v13, m[3], m[10])
	v2, v6, v10, v14 = mix(v2, v6, v10, v14, m[7], m[0])
	v3, v7, v11, v15 = mix(v3, v7, v11, v15, m[4], m[13])
	v0, v5, v10, v15 = mix(v0, v5, v10, v15, m[1], m[11])
	v1, v6, v11, v12 = mix(v1, v6, v11, v12, m[12], m[5])
	v2, v7, v8, v13 = mix(v2, v7, v8, v13, m[9], m[14])
	v3, v4, v9, v14 = mix(v3, v4, v9, v14, m[15], m[8])

	v0, v4, v8, v12 = mix(v0, v4, v8, v12, m[3], m[4])
	v1, v5, v9, v13 = mix(v1, v5, v9, v13, m[10], m[12])
	v2, v6, v10, v14 = mix(v2, v6, v10, v14, m[13], m[2])
	v3, v7, v11, v15 = mix(v3, v7, v11, v15, m[7], m[14])
	v0, v5, v10, v15 = mix(v0, v5, v10, v15, m[6], m[5])
	v1, v6, v11, v12 = mix(v1, v6, v11, v12, m[9], m[0])
	v2, v7, v8, v13 = mix(v2, v7, v8, v13, m[11], m[15])
	v3, v4, v9, v14 = mix(v3, v4, v9, v14, m[8], m[1])

	v0, v4, v8, v12 = mix(v0, v4, v8, v12, m[10], m[7])
	v1, v5, v9, v13 = mix(v1, v5, v9, v13, m[12], m[9])
	v2, v6, v10, v14 = mix(v2, v6, v10, v14, m[14], m[3])
	v3, v7, v11, v15 = mix(v3, v7, v11, v15, m[13], m[15])
	v0, v5, v10, v15 = mix(v0, v5, v10, v15, m[4], m[0])
	v1, v6, v11, v12 = mix(v1, v6, v11, v12, m[11], m[2])
	v2, v7, v8, v13 = mix(v2, v7, v8, v13, m[5], m[8])
	v3, v4, v9, v14 = mix(v3, v4, v9, v14, m[1], m[6])

	v0, v4, v8, v12 = mix(v0, v4, v8, v12, m[12], m[13])
	v1, v5, v9, v13 = mix(v1, v5, v9, v13, m[9], m[11])
	v2, v6, v10, v14 = mix(v2, v6, v10, v14, m[15], m[10])
	v3, v7, v11, v15 = mix(v3, v7, v11, v15, m[14], m[8])
	v0, v5, v10, v15 = mix(v0, v5, v10, v15, m[7], m[2])
	v1, v6, v11, v12 = mix(v1, v6, v11, v12, m[5], m[3])
	v2, v7, v8, v13 = mix(v2, v7, v8, v13, m[0], m[1])
	v3, v4, v9, v14 = mix(v3, v4, v9, v14, m[6], m[4])

	v0, v4, v8, v12 = mix(v0, v4, v8, v12, m[9], m[14])
	v1, v5, v9, v13 = mix(v1, v5, v9, v13, m[11], m[5])
	v2, v6, v10, v14 = mix(v2, v6, v10, v14, m[8], m[12])
	v3, v7, v11, v15 = mix(v3, v7, v11, v15, m[15], m[1])
	v0, v5, v10, v15 = mix(v0, v5, v10, v15, m[13], m[3])
	v1, v6, v11, v12 = mix(v1, v6, v11, v12, m[0], m[10])
	v2, v7, v8, v13 = mix(v2, v7, v8, v13, m[2], m[6])
	v3, v4, v9, v14 = mix(v3, v4, v9, v14, m[4], m[7])

	v0, v4, v8, v12 = mix(v0, v4, v8, v12, m[11], m[15])
	v1, v5, v9, v13 = mix(v1, v5, v9, v13, m[5], m[0])
	v2, v6, v10, v14 = mix(v2, v6, v10, v14, m[1], m[9])
	v3, v7, v11, v15 = mix(v3, v7, v11, v15, m[8], m[6])
	v0, v5, v10, v15 = mix(v0, v5, v10, v15, m[14], m[10])
	v1, v6, v11, v12 = mix(v1, v6, v11, v12, m[2], m[12])
	v2, v7, v8, v13 = mix(v2, v7, v8, v13, m[3], m[4])
	v3, v4, v9, v14 = mix(v3, v4, v9, v14, m[7], m[13])
	return words{v0 ^ v8, v1 ^ v9, v2 ^ v10, v3 ^ v11, v4 ^ v12, v5 ^ v13, v6 ^ v14, v7 ^ v15}
}

func mix(a, b, c, d, x, y uint32) (uint32, uint32, uint32, uint32) {
	a += b + x
	d = bits.RotateLeft32(d^a, -16)
	c += d
	b = bits.RotateLeft32(b^c, -12)
	a += b + y
	d = bits.RotateLeft32(d^a, -8)
	c += d
	b = bits.RotateLeft32(b^c, -7)
	return a, b, c, d
}
