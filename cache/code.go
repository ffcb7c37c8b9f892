package cache

import (
	"io"

	"github.com/wazedge/wazedge/internal/machine"
)

// Code streams the artifact, of which it hands out nothing that has not been
// verified.
//
// The machine code is read in one piece, to where it will be executed, when Read is
// given room for all of it.
func (e *Entry) Code() (io.ReadCloser, error) {
	before, err := e.read(&e.before, "code")
	if err != nil {
		return nil, err
	}
	after, err := e.read(&e.after, "code")
	if err != nil {
		return nil, err
	}
	return &codeReader{entry: e, parts: [][]byte{before, nil, after}}, nil
}

// codeReader reads an artifact.
type codeReader struct {
	entry *Entry
	parts [][]byte // what is left of the present part, then the others
	body  bool     // the present part is the machine code, and read
	part  int
}

// Read fills p as far as there is anything left: the engine takes a short read of
// its header for an error.
func (c *codeReader) Read(p []byte) (n int, err error) {
	for n < len(p) && c.part < len(c.parts) {
		if c.part == 1 && !c.body {
			k, err := c.readBody(p[n:])
			n += k
			if err != nil {
				return n, err
			}
			continue
		}
		k := copy(p[n:], c.parts[c.part])
		n += k
		if c.parts[c.part] = c.parts[c.part][k:]; len(c.parts[c.part]) == 0 {
			c.part++
		}
	}
	if n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

// readBody puts the machine code into p if there is room, or takes it into memory.
// After an error nothing more is read.
func (c *codeReader) readBody(p []byte) (n int, err error) {
	c.body = true
	body := &c.entry.body
	if int64(len(p)) < body.size {
		c.parts[1], err = c.entry.read(body, "code")
	} else {
		p = p[:body.size]
		machine.PreferLargePages(p)
		n, err = len(p), body.read(p, c.entry.source, "code")
	}
	if err != nil {
		c.part = len(c.parts)
		return 0, err
	}
	return n, nil
}

// Close implements [io.Closer].
func (c *codeReader) Close() error { return nil }
