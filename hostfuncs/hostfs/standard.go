package hostfs

import (
	"io"
	"os"
)

// Input is r as a file, or nil.
func Input(r io.Reader) File {
	f, ok := r.(*os.File)
	switch {
	case r == nil, ok && f == nil:
		return nil
	case ok:
		return Of(f)
	default:
		return Reader(r)
	}
}

// Output is w as a file, or nil.
func Output(w io.Writer) File {
	f, ok := w.(*os.File)
	switch {
	case w == nil, ok && f == nil:
		return nil
	case ok:
		return Of(f)
	default:
		return Writer(w)
	}
}
