package universal

import (
	"bytes"
	"testing"

	"github.com/wazedge/wazedge/cache"
)

// FuzzFind looks for a section in files of any kind. What is found lies
// within the file, behind a module that is not empty, and can be read.
func FuzzFind(f *testing.F) {
	module := []byte("\x00asm\x01\x00\x00\x00")
	var whole bytes.Buffer
	entry := &cache.Contents{Skeleton: module, Code: cache.Artifact{Before: []byte("a"), Body: []byte("code"), After: []byte("z")}}
	if err := Write(&whole, cache.Sealer{}, module, entry, entry); err != nil {
		f.Fatal(err)
	}
	f.Add(whole.Bytes())
	f.Add([]byte(universalMagic))
	f.Add(append(make([]byte, 8), universalMagic...))
	f.Add(append(append(bytes.Clone(module), "\xff\xff\xff\xff\xff\xff\xff\xff"...), universalMagic...))
	f.Fuzz(func(t *testing.T, b []byte) {
		size, entries := Find(bytes.NewReader(b), int64(len(b)))
		if len(entries) == 0 {
			if size != int64(len(b)) {
				t.Errorf("nothing found, yet the module has %d of %d bytes", size, len(b))
			}
			return
		}
		total := size
		for _, e := range entries {
			total += e.Bytes()
			_ = e.Verify() // whatever it finds
		}
		if size < 0 || total > int64(len(b)) {
			t.Errorf("a module of %d bytes and entries up to %d in %d", size, total, len(b))
		}
	})
}
