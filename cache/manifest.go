package cache

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// Manifest says what an entry was made from.
type Manifest struct {
	Plan    []string  // what decided the code, for people
	Variant string    // the options that it is for, for people
	Name    string    // of the module's file, for people
	Size    int64     // of the module, in bytes
	Created time.Time // to the second
	Uses    uint32    // the proposals that the module makes use of, a wasm.Features
	Guarded bool      // the machine code leaves accesses to guard pages
}

// layout is a manifest with the places and hashes of what follows it, in the order
// of the file.
type layout struct {
	Manifest
	key Key
	parts
	members []member // of a component
	head    int64    // bytes of the file before the skeleton
}

// member is a core module of a component.
type member struct {
	uses    uint32 // as in [Manifest]
	guarded bool   // likewise
	parts
}

// parts are what an entry has of a module. Of a component it has a skeleton, and parts of
// each core module.
type parts struct {
	skeleton piece   // the skeleton of the module
	engine   piece   // the skeleton of what the engine was given, if it differs
	before   piece   // the artifact up to its machine code
	after    piece   // and behind it
	origins  piece   // where the instructions are that the machine code has come from, if the artifact does not say it
	image    []piece // what the linear memory begins with
	places   []int64 // where in memory each piece of the image is
	body     piece   // the machine code
}

// The beginning of an entry is its head, that is magic, the manifest's length in 4 bytes
// and the manifest, and the seal of all that.
const (
	magic     = "wazedge\x07"
	headFixed = len(magic) + 4
	hashSize  = 32
	maxHead   = 16 << 20 // a manifest has some 35 bytes for each chunk of the entry
	maxPiece  = 1 << 36
	maxPlan   = 64
	maxText   = 1 << 16
	maxImage  = 1 << 12
	maxMember = 1 << 12
)

// ErrCorrupt is the error of an entry that does not verify.
var ErrCorrupt = errors.New("cache entry does not verify")

func corrupt(what string) error { return fmt.Errorf("%w: %s", ErrCorrupt, what) }

// pieces are all pieces in the order of the file.
func (l *layout) pieces() []*piece {
	all := l.parts.pieces()
	for i := range l.members {
		all = append(all, l.members[i].pieces()...)
	}
	return all
}

func (p *parts) pieces() []*piece {
	all := []*piece{&p.skeleton, &p.engine, &p.before, &p.after, &p.origins}
	for i := range p.image {
		all = append(all, &p.image[i])
	}
	return append(all, &p.body)
}

// arrange gives every chunk its place and returns the size of the whole.
func (l *layout) arrange() int64 {
	at := l.head
	for _, p := range l.pieces() {
		for i := range p.chunks {
			p.chunks[i].at = at
			at += int64(p.chunks[i].stored)
		}
	}
	return at
}

// encode is the head of an entry.
func (l *layout) encode() []byte {
	var b []byte
	text := func(s string) {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	b = append(b, l.key[:]...)
	b = binary.AppendUvarint(b, uint64(len(l.Plan)))
	for _, s := range l.Plan {
		text(s)
	}
	text(l.Variant)
	text(l.Name)
	b = binary.AppendUvarint(b, uint64(l.Size))
	b = binary.AppendUvarint(b, uint64(max(l.Created.Unix(), 0)))
	b = binary.AppendUvarint(b, uint64(l.Uses))
	b = appendBool(b, l.Guarded)
	b = l.appendPlaces(b)
	b = binary.AppendUvarint(b, uint64(len(l.members)))
	for i := range l.members {
		m := &l.members[i]
		b = m.appendPlaces(appendBool(binary.AppendUvarint(b, uint64(m.uses)), m.guarded))
	}
	for _, p := range l.pieces() {
		b = binary.AppendUvarint(b, uint64(p.size))
		for _, c := range p.chunks {
			b = append(binary.AppendUvarint(b, uint64(c.stored)), c.hash...)
		}
	}
	head := append([]byte(magic), 0, 0, 0, 0)
	binary.LittleEndian.PutUint32(head[len(magic):], uint32(len(b)))
	return append(head, b...)
}

// appendBool appends 1 for true, and 0.
func appendBool(b []byte, is bool) []byte {
	if is {
		return append(b, 1)
	}
	return append(b, 0)
}

// appendPlaces appends where in memory the pieces of the image are.
func (p *parts) appendPlaces(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(p.image)))
	for _, at := range p.places {
		b = binary.AppendUvarint(b, uint64(at))
	}
	return b
}

// decodeHead reads the head of an entry and its seal. read returns the first n bytes.
func decodeHead(read func(n int) ([]byte, error)) (l *layout, head, seal []byte, err error) {
	fixed, err := read(headFixed)
	if err != nil {
		return nil, nil, nil, err
	}
	if string(fixed[:len(magic)]) != magic {
		return nil, nil, nil, corrupt("not an entry of this version")
	}
	n := int(binary.LittleEndian.Uint32(fixed[len(magic):]))
	if n > maxHead {
		return nil, nil, nil, corrupt("manifest too long")
	}
	all, err := read(headFixed + n + sealSize)
	if err != nil {
		return nil, nil, nil, err
	}
	head, seal = all[:headFixed+n], all[headFixed+n:]
	if l, err = decodeManifest(head[headFixed:]); err != nil {
		return nil, nil, nil, err
	}
	l.head = int64(len(all))
	return l, head, seal, nil
}

// decodeManifest reads what encode has written, and nothing else.
func decodeManifest(b []byte) (*layout, error) {
	r := reader{b: b}
	l := &layout{}
	copy(l.key[:], r.bytes(uint64(len(l.key))))
	for range r.number(maxPlan) {
		l.Plan = append(l.Plan, r.text())
	}
	l.Variant = r.text()
	l.Name = r.text()
	l.Size = int64(r.number(maxPiece))
	l.Created = time.Unix(int64(r.number(1<<40)), 0)
	l.Uses = uint32(r.number(1<<32 - 1))
	l.Guarded = r.number(1) == 1
	r.places(&l.parts)
	for n := r.number(maxMember); n > 0 && !r.failed; n-- {
		m := member{uses: uint32(r.number(1<<32 - 1)), guarded: r.number(1) == 1}
		r.places(&m.parts)
		l.members = append(l.members, m)
	}
	for _, p := range l.pieces() {
		r.piece(p)
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

// places reads where in memory the pieces of an image are.
func (r *reader) places(p *parts) {
	p.image = make([]piece, r.number(min(maxImage, uint64(len(r.b)))))
	for range p.image {
		p.places = append(p.places, int64(r.number(1<<32)))
	}
}

// piece reads how p is stored: no chunk takes more than it holds, nor so little that it
// could not hold as much.
func (r *reader) piece(p *piece) {
	p.size = int64(r.number(maxPiece))
	for i := range int(chunks(p.size)) {
		holds := p.holds(i)
		stored := int(r.number(uint64(holds)))
		hash := r.bytes(hashSize)
		if r.failed || stored*mostUnpacked < holds {
			r.failed = true
			return
		}
		p.chunks = append(p.chunks, chunk{stored: stored, hash: hash})
	}
}

func (r *reader) number(most uint64) uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || v > most || n > 1 && r.b[n-1] == 0 { // longer than it has to be
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

func (r *reader) text() string { return string(r.bytes(r.number(maxText))) }
