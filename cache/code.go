package cache

import (
	"errors"
	"io"
)

// codeReader reads an artifact chunk by chunk, ahead of who reads from it: one
// chunk is verified while the one before is copied.
type codeReader struct {
	chunks chan chunk
	spent  chan []byte // buffers to be used again
	stop   chan struct{}
	now    chunk
	rest   []byte
}

type chunk struct {
	b   []byte
	err error
}

func newCodeReader(r io.Reader, hashes [][]byte) *codeReader {
	c := &codeReader{chunks: make(chan chunk), spent: make(chan []byte, 3), stop: make(chan struct{})}
	go c.fill(r, hashes)
	return c
}

// fill sends verified chunks until one does not verify, or nobody asks any more.
func (c *codeReader) fill(r io.Reader, hashes [][]byte) {
	defer close(c.chunks)
	for i, want := range hashes {
		var b []byte
		select {
		case b = <-c.spent:
		default:
			b = make([]byte, chunkSize)
		}
		n, err := io.ReadFull(r, b[:chunkSize])
		if errors.Is(err, io.ErrUnexpectedEOF) && i == len(hashes)-1 {
			err = nil
		}
		if err == nil && string(hashOf(b[:n])) != string(want) {
			err = corrupt("code")
		}
		select {
		case c.chunks <- chunk{b[:n], err}:
		case <-c.stop:
			return
		}
		if err != nil {
			return
		}
	}
}

// Read fills p as far as there is anything left: the engine takes a short read of
// its header for an error.
func (c *codeReader) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(c.rest) == 0 {
			if err := c.next(); err != nil {
				if n > 0 {
					return n, nil
				}
				return 0, err
			}
		}
		k := copy(p[n:], c.rest)
		c.rest = c.rest[k:]
		n += k
	}
	return n, nil
}

func (c *codeReader) next() error {
	if c.now.err != nil {
		return c.now.err
	}
	if c.now.b != nil {
		c.spent <- c.now.b[:chunkSize]
	}
	next, ok := <-c.chunks
	if !ok {
		next = chunk{err: io.EOF}
	}
	c.now, c.rest = next, next.b
	if next.err != nil {
		c.rest = nil
	}
	return next.err
}

// Close stops reading ahead.
func (c *codeReader) Close() error {
	close(c.stop)
	return nil
}
