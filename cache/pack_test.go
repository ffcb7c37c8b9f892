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
		{"fewer bytes", 1001, k.pack(zeros)},
		{"more bytes", 999, k.pack(zeros)},
		{"cut off", 1000, k.pack(zeros)[:len(k.pack(zeros))-1]},
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
