package cache

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/wazedge/wazedge/internal/blake3"
)

// piece is a run of bytes that an entry holds, in chunks that are compressed, hashed
// and read each on its own.
type piece struct {
	size   int64 // of what it holds
	chunks []chunk
}

// chunk is how chunkSize bytes of a piece, or the rest of it, are stored.
type chunk struct {
	stored int    // bytes; as many as it holds where it is not compressed
	hash   []byte // BLAKE3 of the bytes stored
	at     int64  // in the entry
}

// chunkSize is how much a chunk holds.
const chunkSize = 1 << 18

// chunks is how many chunks size bytes have.
func chunks(size int64) int64 { return (size + chunkSize - 1) / chunkSize }

// holds is how many bytes chunk i of p holds.
func (p *piece) holds(i int) int { return int(min(chunkSize, p.size-int64(i)*chunkSize)) }

// describe makes pieces those of contents, and returns what is to be stored of them,
// chunk by chunk.
func describe(pieces []*piece, contents [][]byte, p packing) [][]byte {
	var places []*chunk
	var stored [][]byte
	for i, of := range pieces {
		b := contents[i]
		*of = piece{size: int64(len(b)), chunks: make([]chunk, chunks(int64(len(b))))}
		for k := range of.chunks {
			places = append(places, &of.chunks[k])
			stored = append(stored, b[k*chunkSize:][:of.holds(k)])
		}
	}
	_ = each(len(places), func() func(int) error {
		var k packer
		return func(i int) error {
			stored[i] = k.pack(stored[i], p)
			places[i].stored, places[i].hash = len(stored[i]), hashOf(stored[i])
			return nil
		}
	})
	return stored
}

func hashOf(b []byte) []byte {
	h := blake3.Sum256(b)
	return h[:]
}

// each has n things worked on, by one worker for each core when there are several, and
// returns one error of each worker.
func each(n int, worker func() func(i int) error) error {
	errs := make([]error, min(runtime.GOMAXPROCS(0), n))
	var next atomic.Int64
	work := func(w int) {
		f := worker()
		for errs[w] == nil {
			i := int(next.Add(1) - 1)
			if i >= n {
				return
			}
			errs[w] = f(i)
		}
	}
	var group sync.WaitGroup
	for w := range errs {
		if w == len(errs)-1 {
			work(w)
		} else {
			group.Go(func() { work(w) })
		}
	}
	group.Wait()
	return errors.Join(errs...)
}

// read fills b, which is as long as the piece, with the piece of source, and
// verifies what it has read there.
func (p *piece) read(b []byte, source io.ReaderAt, what string) error {
	room := p.room()
	return each(len(p.chunks), func() func(int) error {
		scratch := make([]byte, room)
		return func(i int) error {
			from := i * chunkSize
			return p.readChunk(i, b[from:from+p.holds(i)], scratch, source, what)
		}
	})
}

// readChunk fills b with chunk i. Nothing is unpacked that is not as it was stored.
func (p *piece) readChunk(i int, b, scratch []byte, source io.ReaderAt, what string) error {
	c := &p.chunks[i]
	in := b
	if c.stored < len(b) {
		in = scratch[:c.stored]
	}
	if _, err := source.ReadAt(in, c.at); whole(err) != nil {
		return err
	}
	if !bytes.Equal(hashOf(in), c.hash) {
		return corrupt(what)
	}
	if c.stored < len(b) && !unpack(b, in) {
		return corrupt(what)
	}
	return nil
}

// room is how many bytes the largest chunk has that is compressed.
func (p *piece) room() (n int) {
	for i := range p.chunks {
		if stored := p.chunks[i].stored; stored < p.holds(i) {
			n = max(n, stored)
		}
	}
	return n
}

// whole is the error of a ReadAt that has read everything.
func whole(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
