package cache

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/zeebo/blake3"
)

// Manifest says what an entry was made from.
type Manifest struct {
	Recipe  []string  // as for [KeyOf]
	Name    string    // of the module's file, for people
	Size    int64     // of the module, in bytes
	Created time.Time // to the second
	Uses    uint32    // the proposals that the module makes use of, a wasm.Features
}

// layout is a manifest with the places and hashes of what follows it.
type layout struct {
	Manifest
	key    Key
	front  part     // the skeleton of the module
	engine part     // the skeleton of what the engine was given, if it differs
	code   int64    // bytes of the artifact
	chunks [][]byte // the BLAKE3 of each of its chunks
	head   int64    // bytes of the file before front
}

// part is a piece of an entry that is read whole.
type part struct {
	size int64
	hash []byte
}

// The beginning of an entry: magic, the manifest's length in 4 bytes, the manifest,
// and the BLAKE3 of all that.
const (
	magic      = "wazedge\x01"
	headFixed  = len(magic) + 4
	hashSize   = 32
	chunkSize  = 1 << 20
	maxHead    = 16 << 20 // a manifest has 32 bytes for each MiB of code
	maxPart    = 1 << 31
	maxStrings = 64
)

// ErrCorrupt is the error of an entry that does not verify.
var ErrCorrupt = errors.New("cache entry does not verify")

func corrupt(what string) error { return fmt.Errorf("%w: %s", ErrCorrupt, what) }

func hashOf(b []byte) []byte {
	h := blake3.Sum256(b)
	return h[:]
}

// encode writes the head of an entry.
func (l *layout) encode() []byte {
	var b []byte
	text := func(s string) {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	b = append(b, l.key[:]...)
	b = binary.AppendUvarint(b, uint64(len(l.Recipe)))
	for _, s := range l.Recipe {
		text(s)
	}
	text(l.Name)
	b = binary.AppendUvarint(b, uint64(l.Size))
	b = binary.AppendUvarint(b, uint64(l.Created.Unix()))
	b = binary.AppendUvarint(b, uint64(l.Uses))
	for _, p := range []part{l.front, l.engine} {
		b = binary.AppendUvarint(b, uint64(p.size))
		b = append(b, p.hash...)
	}
	b = binary.AppendUvarint(b, uint64(l.code))
	for _, c := range l.chunks {
		b = append(b, c...)
	}
	head := append([]byte(magic), 0, 0, 0, 0)
	binary.LittleEndian.PutUint32(head[len(magic):], uint32(len(b)))
	head = append(head, b...)
	return append(head, hashOf(head)...)
}

// decodeHead reads the head of an entry. read returns the first n bytes.
func decodeHead(read func(n int) ([]byte, error)) (*layout, error) {
	fixed, err := read(headFixed)
	if err != nil {
		return nil, err
	}
	if string(fixed[:len(magic)]) != magic {
		return nil, corrupt("not an entry of this version")
	}
	n := int(binary.LittleEndian.Uint32(fixed[len(magic):]))
	if n > maxHead {
		return nil, corrupt("manifest too long")
	}
	all, err := read(headFixed + n + hashSize)
	if err != nil {
		return nil, err
	}
	body, sum := all[:headFixed+n], all[headFixed+n:]
	if string(hashOf(body)) != string(sum) {
		return nil, corrupt("manifest")
	}
	l, err := decodeManifest(body[headFixed:])
	if err != nil {
		return nil, err
	}
	l.head = int64(len(all))
	return l, nil
}

// decodeManifest reads what encode has written, and nothing else.
func decodeManifest(b []byte) (*layout, error) {
	r := reader{b: b}
	l := &layout{}
	copy(l.key[:], r.bytes(uint64(len(l.key))))
	strings := r.number(maxStrings)
	for range strings {
		l.Recipe = append(l.Recipe, r.text())
	}
	l.Name = r.text()
	l.Size = int64(r.number(1 << 40))
	l.Created = time.Unix(int64(r.number(1<<40)), 0)
	l.Uses = uint32(r.number(1<<32 - 1))
	for _, p := range []*part{&l.front, &l.engine} {
		p.size = int64(r.number(maxPart))
		p.hash = r.bytes(hashSize)
	}
	l.code = int64(r.number(1 << 36))
	for range (l.code + chunkSize - 1) / chunkSize {
		if r.failed {
			break
		}
		l.chunks = append(l.chunks, r.bytes(hashSize))
	}
	if r.failed || len(r.b) != 0 {
		return nil, corrupt("manifest's form")
	}
	return l, nil
}

// reader takes a manifest apart. After a failure everything is zero.
type reader struct {
	b      []byte
	failed bool
}

func (r *reader) number(most uint64) uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || v > most {
		r.failed, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) bytes(n uint64) []byte {
	if n > uint64(len(r.b)) {
		r.failed, r.b = true, nil
		return nil
	}
	v := r.b[:n:n]
	r.b = r.b[n:]
	return v
}

func (r *reader) text() string { return string(r.bytes(r.number(1 << 16))) }
