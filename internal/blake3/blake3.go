// Package blake3 is the hash function BLAKE3, to 32 bytes of output: alone, keyed, and to derive keys.
//
// A start of the command hashes all it takes from the cache, so it is as wide as the processor's vectors are, and
// a large file is hashed on all cores. What it asks of the processor, Go's own library has found out already: asking costs
// as much as a short program where the processor is a virtual one.
package blake3

import (
	"encoding/binary"
	"math/bits"
)

// Size is that of a hash.
const Size = 32

const (
	block     = 64         // what is compressed at a time
	chunk     = 16 * block // what is a leaf of the tree
	keyedHash = 1 << 4
)

// Domains of compressions.
const (
	chunkStart = 1 << iota
	chunkEnd
	parent
	root
	_ // keyedHash
	contextHash
	materialHash
)

// words are a chaining value, or a key.
type words [8]uint32

var initial = words{0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19}

// Sum256 is the hash of b.
func Sum256(b []byte) [Size]byte { return (&mode{key: initial}).sum(b) }

// Keyed is the hash of b under key: who does not know the key can neither tell nor make it.
func Keyed(key *[Size]byte, b []byte) [Size]byte {
	return (&mode{wordsOf(key[:]), keyedHash}).sum(b)
}

// DeriveKey is a key made from material for the purpose that context says, which is a constant of the program.
func DeriveKey(context string, material []byte) [Size]byte {
	purpose := (&mode{initial, contextHash}).sum([]byte(context))
	return (&mode{wordsOf(purpose[:]), materialHash}).sum(material)
}

// mode is what is hashed for.
type mode struct {
	key   words
	flags uint32
}

func (m *mode) sum(b []byte) [Size]byte {
	n := m.top(b, 0)
	return n.root()
}

// node is a node of the tree before its last compression, which is another one at the root.
type node struct {
	value   words
	block   [16]uint32
	counter uint64
	length  uint32
	flags   uint32
}

func (n *node) chaining() words {
	return compress(&n.value, &n.block, n.counter, n.length, n.flags)
}

func (n *node) root() (sum [Size]byte) {
	n.flags |= root
	n.counter = 0
	v := n.chaining()
	v.put(sum[:])
	return sum
}

// join is the node above two others.
func (m *mode) join(left, right words) node {
	n := node{value: m.key, length: block, flags: m.flags | parent}
	copy(n.block[:8], left[:])
	copy(n.block[8:], right[:])
	return n
}

// most is how many chunks are hashed level by level.
const most = 256

// top is the node over b, whose first chunk has the number counter.
func (m *mode) top(b []byte, counter uint64) node {
	switch {
	case len(b) <= chunk:
		return m.leaf(b, counter)
	case len(b) > most*chunk:
		left := leftOf(uint64(len(b)))
		return m.join(m.value(b[:left], counter), m.value(b[left:], counter+left/chunk))
	}
	var values [most * Size]byte
	n := len(b) / chunk
	m.level(values[:], b, n, chunk, counter)
	if whole := n * chunk; whole < len(b) {
		v := m.value(b[whole:], counter+uint64(n))
		v.put(values[n*Size:])
		n++
	}
	for n > 2 {
		m.level(values[:], values[:], n/2, block, 0)
		if n%2 == 1 { // the last one has nothing beside it before it is further up
			copy(values[n/2*Size:][:Size], values[(n-1)*Size:])
		}
		n = n/2 + n%2
	}
	return m.join(wordsOf(values[:Size]), wordsOf(values[Size:]))
}

// leftOf is how many of n bytes, more than a chunk, are to the left in the tree: as many chunks as the largest power of two
// that leaves something to the right.
func leftOf(n uint64) uint64 { return 1 << (bits.Len64(n-1) - 1) }

// value is the chaining value of b.
func (m *mode) value(b []byte, counter uint64) words {
	n := m.top(b, counter)
	return n.chaining()
}

// leaf is the node of a chunk.
func (m *mode) leaf(b []byte, counter uint64) node {
	n := node{value: m.key, counter: counter, flags: m.flags | chunkStart}
	for len(b) > block {
		load(&n.block, b)
		n.value = compress(&n.value, &n.block, counter, block, n.flags)
		n.flags, b = m.flags, b[block:]
	}
	n.flags |= chunkEnd
	n.length = uint32(len(b))
	if len(b) == block {
		load(&n.block, b)
		return n
	}
	var rest [block]byte
	copy(rest[:], b)
	load(&n.block, rest[:])
	return n
}

// level writes the chaining values of n nodes to values: of chunks, which have counters, or of the parents of
// other values, which may be in the same place.
func (m *mode) level(values, b []byte, n, each int, counter uint64) {
	i := m.wide(values, b, n, each, counter)
	for ; i < n; i++ {
		var v words
		if each == chunk {
			v = m.value(b[i*chunk:][:chunk], counter+uint64(i))
		} else {
			top := m.join(wordsOf(b[i*block:]), wordsOf(b[i*block+Size:]))
			v = top.chaining()
		}
		v.put(values[i*Size:])
	}
}

func wordsOf(b []byte) (w words) {
	for i := range w {
		w[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return w
}

func (w *words) put(b []byte) {
	for i, v := range w {
		binary.LittleEndian.PutUint32(b[4*i:], v)
	}
}

func load(to *[16]uint32, b []byte) {
	_ = b[block-1]
	for i := range to {
		to[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
}
