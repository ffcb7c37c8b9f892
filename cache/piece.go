package cache

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/zeebo/blake3"
)

// piece is a run of bytes of an entry, with the BLAKE3 of each MiB of it.
type piece struct {
	size   int64
	hashes [][]byte
	at     int64 // in the entry
}

// chunkSize is how much one hash stands for.
const chunkSize = 1 << 18

// chunks is how many chunks size bytes have.
func chunks(size int64) int64 { return (size + chunkSize - 1) / chunkSize }

// pieceOf describes b.
func pieceOf(b []byte) piece {
	p := piece{size: int64(len(b)), hashes: make([][]byte, chunks(int64(len(b))))}
	_ = p.each(func(i int, from, to int64) error {
		p.hashes[i] = hashOf(b[from:to])
		return nil
	})
	return p
}

func hashOf(b []byte) []byte {
	h := blake3.Sum256(b)
	return h[:]
}

// each calls f for every chunk, on all cores when there are several, and returns
// one of its errors.
func (p *piece) each(f func(i int, from, to int64) error) error {
	if p.size <= chunkSize {
		if p.size == 0 {
			return nil
		}
		return f(0, 0, p.size)
	}
	var next atomic.Int64
	var group sync.WaitGroup
	errs := make([]error, min(runtime.GOMAXPROCS(0), len(p.hashes)))
	for w := range errs {
		group.Go(func() {
			for errs[w] == nil {
				i := next.Add(1) - 1
				if i >= int64(len(p.hashes)) {
					return
				}
				errs[w] = f(int(i), i*chunkSize, min((i+1)*chunkSize, p.size))
			}
		})
	}
	group.Wait()
	return errors.Join(errs...)
}

// read fills b, which is as long as the piece, with the piece of source, and
// verifies what it has read there.
func (p *piece) read(b []byte, source io.ReaderAt, what string) error {
	return p.each(func(i int, from, to int64) error {
		if _, err := source.ReadAt(b[from:to], p.at+from); whole(err) != nil {
			return err
		}
		return p.check(i, b[from:to], what)
	})
}

func (p *piece) check(i int, b []byte, what string) error {
	if !bytes.Equal(hashOf(b), p.hashes[i]) {
		return corrupt(what)
	}
	return nil
}

// whole is the error of a ReadAt that has read everything.
func whole(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
