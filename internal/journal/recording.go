package journal

import (
	"encoding/json"
	"errors"
	"io"
)

// Bounds of a record that is read.
const (
	maxHeader = 1 << 20
	maxModule = 1 << 30
	maxWords  = 1 << 16
)

// Recording is a record that is read. Nobody vouches for what is in it: the module is one
// to be validated, and the options are to be looked at.
type Recording struct {
	Header
	Code []byte // the module

	r     io.ReaderAt
	calls int64 // where the first frame of calls is
}

// OpenRecording reads the header and the module of the record in r. The error is a
// [*FormatError], or one of reading.
func OpenRecording(r io.ReaderAt) (*Recording, error) {
	head := make([]byte, len(magic))
	n, err := r.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if n < len(head) {
		return nil, &FormatError{ErrForeign, 0}
	}
	if string(head) != magic {
		why := ErrForeign
		if string(head[:len("wazedge record ")]) == "wazedge record " {
			why = ErrVersion
		}
		return nil, &FormatError{why, 0}
	}
	rec := &Recording{r: r}
	frames := frameReader{r: r, at: int64(len(magic))}
	if err := rec.readHeader(&frames); err != nil {
		return nil, err
	}
	return rec, rec.readModule(&frames)
}

func (rec *Recording) readHeader(frames *frameReader) error {
	at := frames.at
	kind, b, err := frames.next()
	switch {
	case err == io.EOF:
		return &FormatError{ErrTruncated, at}
	case err != nil:
		return err
	case kind != frameHeader || len(b) > maxHeader || json.Unmarshal(b, &rec.Header) != nil,
		rec.Size < 0 || rec.Size > maxModule, len(rec.Words) > maxWords, len(rec.Options) > maxWords:
		return &FormatError{ErrCorrupt, at}
	}
	return nil
}

// readModule reads the module. It takes no more memory than there are bytes.
func (rec *Recording) readModule(frames *frameReader) error {
	for int64(len(rec.Code)) < rec.Size {
		at := frames.at
		kind, b, err := frames.next()
		switch {
		case err == io.EOF:
			return &FormatError{ErrTruncated, at}
		case err != nil:
			return err
		case kind != frameModule || len(b) == 0 || int64(len(rec.Code)+len(b)) > rec.Size:
			return &FormatError{ErrCorrupt, at}
		}
		rec.Code = append(rec.Code, b...)
	}
	rec.calls = frames.at
	return nil
}

// Open implements [Journal].
func (rec *Recording) Open() (io.Reader, error) { return rec.Calls(), nil }

// Calls reads the calls from the first one on.
func (rec *Recording) Calls() *CallReader {
	return &CallReader{frames: frameReader{r: rec.r, at: rec.calls}}
}

// CallReader reads the calls of a record.
type CallReader struct {
	// End is how the run has ended, once everything is read; nil if the record ends
	// before the run did.
	End *End

	frames frameReader
	b      []byte // of the present frame
	err    error
}

// Read implements [io.Reader]. Where the file ends in the middle of a frame, so do the calls.
func (r *CallReader) Read(b []byte) (int, error) {
	for len(r.b) == 0 && r.err == nil {
		r.advance()
	}
	n := copy(b, r.b)
	r.b = r.b[n:]
	if n == 0 && len(b) > 0 {
		return 0, r.err
	}
	return n, nil
}

func (r *CallReader) advance() {
	at := r.frames.at
	kind, b, err := r.frames.next()
	switch {
	case err != nil:
		r.err = err
	case kind == frameCalls:
		r.b = b
	case kind == frameEnd:
		r.err = io.EOF
		var e End
		if len(b) > maxHeader || json.Unmarshal(b, &e) != nil {
			r.err = &FormatError{ErrCorrupt, at}
			return
		}
		r.End = &e
	default:
		r.err = &FormatError{ErrCorrupt, at}
	}
}

// Damaged reports whether err says that a record cannot be read, and not that a run is
// another one.
func Damaged(err error) bool {
	_, format := errors.AsType[*FormatError](err)
	return format || errors.Is(err, ErrDamaged)
}
