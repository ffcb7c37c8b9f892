package wasm_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

// addSeeds adds our guests and small modules of every section.
func addSeeds(f *testing.F) {
	for _, dir := range []string{"guests", "hostile"} {
		names, _ := filepath.Glob(filepath.Join("..", "..", "testdata", dir, "*.wasm"))
		for _, name := range names {
			if bin, err := os.ReadFile(name); err == nil && len(bin) < 1<<12 {
				f.Add(bin)
			}
		}
	}
	f.Add(wasm.Encode(everySection()))
	for _, tc := range loadErrors {
		f.Add(tc.binary())
	}
}

// allocated is how many bytes f allocates, by the whole process's count.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// FuzzDecode: no input panics, takes more than a bounded multiple of its size, or
// fails without a loading code.
func FuzzDecode(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, bin []byte) {
		var err error
		used := allocated(func() { err = load(bin, everything) })
		if limit := uint64(64*len(bin) + 1<<18); used > limit {
			t.Errorf("%d bytes allocated for a file of %d", used, len(bin))
		}
		if err == nil {
			return
		}
		if e, ok := errors.AsType[*fault.Error](err); !ok || e.Code>>8 != 1 {
			t.Errorf("not a loading error: %v", err)
		}
	})
}

// FuzzEncodeDecode: the encoding of what decodes decodes to what encodes the same.
func FuzzEncodeDecode(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, bin []byte) {
		m, err := wasm.Decode(bin, everything)
		if err != nil {
			return
		}
		once := wasm.Encode(m)
		m, err = wasm.Decode(once, everything)
		if err != nil {
			t.Fatalf("the encoding does not decode: %v", err)
		}
		if twice := wasm.Encode(m); !bytes.Equal(once, twice) {
			t.Errorf("encoding changes: % x, then % x", once, twice)
		}
		m.Names()
	})
}
