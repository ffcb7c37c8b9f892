package prepare

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

// TestLargeFilesAreWhole states what is read of files that may be as long as they were, or
// have shrunk or failed meanwhile, by one goroutine or two.
func TestLargeFilesAreWhole(t *testing.T) {
	for _, size := range []int{8, 1000, halved - 1, halved, halved + 1} {
		all := bytes.Repeat([]byte("wazedge"), size/7+1)[:size]
		for _, left := range []int{size, size - 1, size/2 + 1, size / 2, size / 3, 8} {
			left = max(left, 8)
			r := bytes.NewReader(all[:left])
			head := make([]byte, 8)
			if _, err := io.ReadFull(r, head); err != nil {
				t.Fatal(err)
			}
			got, err := readRest(r, head, int64(size))
			if err != nil || !bytes.Equal(got, all[:left]) {
				t.Errorf("of %d bytes, %d are left: got %d, %v", size, left, len(got), err)
			}
		}
	}
	for _, at := range []int64{100, halved - 100} {
		if _, err := readRest(failing{strings.NewReader(strings.Repeat("a", halved)), at}, nil, halved); !errors.Is(err, errFailing) {
			t.Errorf("a failure at %d: got %v", at, err)
		}
	}
}

var errFailing = errors.New("a failure")

// failing fails where the byte at is read.
type failing struct {
	*strings.Reader
	at int64
}

func (f failing) Read(b []byte) (int, error) {
	if f.Size()-int64(f.Len())+int64(len(b)) > f.at && f.Size()-int64(f.Len()) <= f.at {
		return 0, errFailing
	}
	return f.Reader.Read(b)
}

func (f failing) ReadAt(b []byte, off int64) (int, error) {
	if off <= f.at && off+int64(len(b)) > f.at {
		return 0, errFailing
	}
	return f.Reader.ReadAt(b, off)
}
