package private

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
)

// Artifact is what wazero writes to a file cache for a module, in three parts: Body is
// the machine code, which is independent of where it is. Owner, unless it is nil, is what
// Body is in, which is gone when nobody has Owner any more.
type Artifact struct {
	Before, Body, After []byte
	Owner               any
}

const artifactMagic = "WAZEVO"

var artifactSums = crc32.MakeTable(crc32.Castagnoli)

// ArtifactOf cuts what wazero has written: magic, version with its length, number of
// functions, offset of each, length of the machine code, that code, its checksum, and
// more. ok is false when b does not look like that.
func ArtifactOf(b []byte) (a Artifact, ok bool) {
	rest, ok := bytes.CutPrefix(b, []byte(artifactMagic))
	if !ok || len(rest) == 0 {
		return a, false
	}
	if rest, ok = behind(rest, 1+uint64(rest[0])); !ok || len(rest) < 4 {
		return a, false
	}
	functions := uint64(binary.LittleEndian.Uint32(rest))
	if rest, ok = behind(rest, 4+8*functions); !ok || len(rest) < 8 {
		return a, false
	}
	size := binary.LittleEndian.Uint64(rest)
	code := rest[8:]
	after, ok := behind(code, size)
	if !ok {
		return a, false
	}
	before := len(b) - len(code)
	end := before + int(size)
	a = Artifact{Before: b[:before:before], Body: b[before:end:end], After: after}
	return a, size == 0 || summed(a)
}

// behind is b without its first n bytes, if there are so many.
func behind(b []byte, n uint64) ([]byte, bool) {
	if n > uint64(len(b)) {
		return nil, false
	}
	return b[n:], true
}

// summed reports whether the checksum of a's code follows it.
func summed(a Artifact) bool {
	return len(a.After) >= 4 && binary.LittleEndian.Uint32(a.After) == crc32.Checksum(a.Body, artifactSums)
}
