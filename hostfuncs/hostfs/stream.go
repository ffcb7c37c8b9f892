package hostfs

import (
	"errors"
	"io"
)

// Reader is r as a file that can be read, like a pipe.
func Reader(r io.Reader) File { return &reader{r: r} }

// Writer is w as a file that can be written, like a pipe. All that is written is given
// to w at once.
func Writer(w io.Writer) File { return &writer{w: w} }

type reader struct {
	refusing
	r io.Reader
}

// Kind implements [File].
func (f *reader) Kind() Kind { return KindUnknown }

// Read implements [File].
func (f *reader) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	// A reader may give nothing now and then, which is not the end.
	for range maxEmptyReads {
		if n, err := f.r.Read(b); n > 0 || err != nil {
			return n, unlessMoved(n, err)
		}
	}
	return 0, io.ErrNoProgress
}

// maxEmptyReads is how often in a row a reader may give nothing, as in package bufio.
const maxEmptyReads = 100

// ReadVector implements [File].
func (f *reader) ReadVector(v *Vector) (int, error) { return v.first(f.Read) }

// WriteVector implements [File].
func (f *reader) WriteVector(*Vector) (int, error) { return f.Write(nil) }

// ReadVectorAt implements [File].
func (f *reader) ReadVectorAt(*Vector, int64) (int, error) { return f.ReadAt(nil, 0) }

// WriteVectorAt implements [File].
func (f *reader) WriteVectorAt(*Vector, int64) (int, error) { return f.WriteAt(nil, 0) }

type writer struct {
	refusing
	w io.Writer
}

// Kind implements [File].
func (f *writer) Kind() Kind { return KindUnknown }

// Write implements [File].
func (f *writer) Write(b []byte) (int, error) {
	n, err := f.w.Write(b)
	return n, unlessMoved(n, err)
}

// ReadVector implements [File].
func (f *writer) ReadVector(*Vector) (int, error) { return f.Read(nil) }

// WriteVector implements [File].
func (f *writer) WriteVector(v *Vector) (int, error) {
	return v.each(func(b []byte, _ int) (int, error) { return f.Write(b) })
}

// ReadVectorAt implements [File].
func (f *writer) ReadVectorAt(*Vector, int64) (int, error) { return f.ReadAt(nil, 0) }

// WriteVectorAt implements [File].
func (f *writer) WriteVectorAt(*Vector, int64) (int, error) { return f.WriteAt(nil, 0) }

// unlessMoved is err if nothing was moved before it. The end of a file is no error.
func unlessMoved(n int, err error) error {
	if n > 0 || errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
