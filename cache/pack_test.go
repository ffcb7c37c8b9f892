package cache

import (
	"bytes"
	"errors"
	"testing"
)

// TestWhatDoesNotUnpackIsCorrupt has chunks that are as they were stored, but are no
// LZ4, or that of more or fewer bytes.
func TestWhatDoesNotUnpackIsCorrupt(t *testing.T) {
	var k packer
	zeros := make([]byte, 1000)
	for _, test := range []struct {
		name   string
		size   int64
		stored []byte
	}{
		{"noise", 1000, noise(100)},
		{"fewer bytes", 1001, k.pack(zeros, packSmall)},
		{"more bytes", 999, k.pack(zeros, packSmall)},
		{"cut off", 1000, k.pack(zeros, packSmall)[:len(k.pack(zeros, packSmall))-1]},
		{"from before the beginning", 100, []byte{0x14, 'a', 9, 0, 0x50, 1, 2, 3, 4, 5}},
		{"no offset", 100, []byte{0x14, 'a', 0, 0, 0x50, 1, 2, 3, 4, 5}},
	} {
		p := piece{size: test.size, chunks: []chunk{{stored: len(test.stored), hash: hashOf(test.stored)}}}
		if err := p.read(make([]byte, test.size), bytes.NewReader(test.stored), "test"); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v, want ErrCorrupt", test.name, err)
		}
	}
}

// TestLimitCountsWhatIsStored keeps code that is larger than the store may be, but not
// when it is stored, and refuses what cannot be made smaller.
func TestLimitCountsWhatIsStored(t *testing.T) {
	s, _ := newStore(t, chunkSize)
	c := sample("module", 4*chunkSize)
	put(t, s, c)
	files, err := s.List()
	if err != nil || len(files) != 1 || files[0].Size > s.Limit() {
		t.Errorf("files %v, %v; want one that is no larger than %d", files, err, s.Limit())
	}
	c.Code.Body = noise(chunkSize)
	if err := s.Put(c); err == nil {
		t.Error("an entry is kept that is larger than the store may be")
	}
}

// TestWhatIsReadAtEachStartIsPackedLess states that an entry of a store has as it is what compressing would make half as large,
// and compressed what it would make a quarter; an entry that is handed on has both compressed.
func TestWhatIsReadAtEachStartIsPackedLess(t *testing.T) {
	half, quarter := noise(chunkSize), noise(chunkSize)
	for i := range half {
		if i%512 >= 256 {
			half[i] = 0
		}
		if i%512 >= 96 {
			quarter[i] = 0
		}
	}
	for _, test := range []struct {
		name          string
		packing       packing
		half, quarter bool
	}{
		{"handed on", packSmall, true, true},
		{"of a store", packFast, false, true},
	} {
		c := sample("module", 1)
		c.Code.Body = append(bytes.Clone(half), quarter...)
		pieces, err := c.encode(Sealer{Keyring: testKeyring}, test.packing)
		if err != nil {
			t.Fatal(err)
		}
		b := bytes.Join(pieces, nil)
		e, err := Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		if is := e.body.chunks[0].stored < chunkSize; is != test.half {
			t.Errorf("%s: what can be halved is compressed: %v", test.name, is)
		}
		if is := e.body.chunks[1].stored < chunkSize; is != test.quarter {
			t.Errorf("%s: what can be made a quarter is compressed: %v", test.name, is)
		}
		if err := e.Verify(); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	s, _ := newStore(t, 0)
	c := sample("module", 1)
	c.Code.Body = half
	put(t, s, c)
	e, err := s.Get(c.Key)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if e.body.chunks[0].stored != chunkSize {
		t.Error("a store compresses what it does not make three eighths of")
	}
}
