package cache

import (
	"bytes"

	"github.com/pierrec/lz4/v4"
)

// packer compresses chunks, each to a block of LZ4: to read and hash a quarter of the
// bytes and unpack them takes less time than to read and hash them all.
type packer struct {
	lz4  lz4.Compressor
	room []byte
}

// pack is what to store of b: b itself unless a fifth of it can be saved.
func (k *packer) pack(b []byte) []byte {
	most := len(b) - len(b)/5
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
