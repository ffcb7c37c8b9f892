package cache

import (
	"bytes"

	"github.com/pierrec/lz4/v4"
)

// packer compresses chunks, each to a block of LZ4.
type packer struct {
	lz4  lz4.Compressor
	room []byte
}

// packing says what has to be saved of a chunk for it to be compressed.
type packing uint8

const (
	// packSmall is for what is handed on: a fifth has to be saved.
	packSmall packing = iota
	// packFast is for what is read at each start: five eighths. To read and hash a quarter of the bytes and to
	// unpack that takes as long as to read and hash them all; to unpack the half that there is of optimized code takes longer.
	packFast
)

// most is how many bytes may be left of n.
func (p packing) most(n int) int {
	if p == packFast {
		return n * 3 / 8
	}
	return n - n/5
}

// pack is what to store of b: b itself unless enough of it can be saved.
func (k *packer) pack(b []byte, p packing) []byte {
	most := p.most(len(b))
	if len(k.room) < most {
		k.room = make([]byte, most)
	}
	n, err := k.lz4.CompressBlock(b, k.room[:most])
	if err != nil || n == 0 || n > most { // it does not fit
		return b
	}
	return bytes.Clone(k.room[:n])
}

// mostUnpacked bounds how many times its size a block of LZ4 can unpack to: each byte
// of it stands for at most 255.
const mostUnpacked = 255

// unpack fills b with what was packed to from, and reports whether that is so much.
func unpack(b, from []byte) bool {
	n, err := lz4.UncompressBlock(from, b)
	return err == nil && n == len(b)
}
