package cache

import (
	"bytes"
	"testing"
)

// FuzzParse holds that an entry that verifies is written again as it was, and that
// nothing else is more than an error.
func FuzzParse(f *testing.F) {
	small := sample("seed", 10)
	small.Image = []Run{{4096, []byte("run")}}
	f.Add(bytes.Join(encode(f, small), nil))
	bare := &Contents{Key: small.Key}
	f.Add(bytes.Join(encode(f, bare), nil))
	f.Add([]byte(magic + "\xff\xff\xff\xff"))
	f.Add([]byte(magic + "\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := Parse(b)
		if err != nil || e.Verify() != nil {
			return
		}
		head := e.layout.encode()
		if !bytes.Equal(head, b[:len(head)]) {
			t.Errorf("head %q is encoded as %q", b[:len(head)], head)
		}
	})
}

// FuzzManifest parses manifests without the seal that keeps others out.
func FuzzManifest(f *testing.F) {
	image := parts{image: make([]piece, 1), places: []int64{4096}}
	l := layout{Manifest: sample("seed", 1).Manifest, parts: image, members: []member{{uses: 3}, {parts: parts{image: make([]piece, 1), places: []int64{1}}}}}
	describe(l.pieces(), [][]byte{[]byte("front"), nil, nil, nil, nil, make([]byte, 1000), []byte("code"),
		nil, nil, []byte("before"), nil, []byte("origins"), []byte("code"), nil, nil, nil, nil, nil, []byte("image"), nil}, packSmall)
	head := l.encode()
	f.Add(head[headFixed:])
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := decodeManifest(b)
		if err != nil {
			return
		}
		l.arrange()
		again, err := decodeManifest(l.encode()[headFixed:])
		if err != nil {
			t.Fatalf("what was decoded does not decode again: %v", err)
		}
		if !bytes.Equal(again.encode(), l.encode()) {
			t.Error("decoding and encoding has no fixed point")
		}
	})
}

// FuzzUnpack unpacks whatever there is: into memory that is too large or too small, it is
// no more than a refusal, and nothing beside that memory changes.
func FuzzUnpack(f *testing.F) {
	var k packer
	for _, b := range [][]byte{bytes.Repeat([]byte("code"), 100), make([]byte, 5000), bytes.Repeat([]byte{1, 2, 3, 0, 0, 0, 0, 9}, 40)} {
		f.Add(k.pack(b, packSmall), uint16(len(b)))
		f.Add(k.pack(b, packSmall), uint16(len(b)-1))
	}
	f.Add([]byte{}, uint16(0))
	f.Fuzz(func(t *testing.T, b []byte, size uint16) {
		const beside = 64
		to := make([]byte, int(size)+2*beside)
		got := to[beside:][:size:size]
		if unpack(got, b) {
			var k packer
			again, packed := make([]byte, size), k.pack(got, packSmall)
			if len(packed) < len(got) && (!unpack(again, packed) || !bytes.Equal(again, got)) {
				t.Error("what was packed is unpacked to something else")
			}
		}
		for i := range beside {
			if to[i] != 0 || to[len(to)-1-i] != 0 {
				t.Fatal("what is beside the memory has changed")
			}
		}
	})
}
