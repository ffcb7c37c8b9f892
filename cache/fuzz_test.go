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
	l := layout{Manifest: sample("seed", 1).Manifest, front: pieceOf([]byte("front")), image: []piece{pieceOf([]byte("run"))}, places: []int64{4096}}
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
