package wasi

import (
	"io"
	"strings"

	"github.com/wazedge/wazedge/hostfuncs/hostfs"
)

// AppendFile opens the file name for appending, and makes it if it is not there:
// as [Host.OpenFile].
func (h *Host) AppendFile(name string) (io.WriteCloser, error) {
	return h.OpenFile(name, hostfs.Opening{Follow: true, Create: true, Flags: hostfs.FlagAppend, Write: true})
}

// OpenFile opens the file name for functions of the host that take names of files from a
// guest. The name is one of the guest's, beneath the directories that it has been given and nowhere
// else. The error is the system's, without a full stop.
func (h *Host) OpenFile(name string, how hostfs.Opening) (hostfs.Stream, error) {
	dir, path, ok := h.preopenOf(name)
	if !ok {
		return nil, namedError{EACCES}
	}
	d, errno := h.openBeneath(dir, path, how)
	if errno != Success {
		return nil, namedError{errno}
	}
	return named{h, d, -1}, nil
}

// Descriptor is what the guest has open under number n, for functions of the host that read
// or write it in the guest's place. Closing it closes the guest's.
func (h *Host) Descriptor(n uint32) (hostfs.Stream, error) {
	d, errno := h.table.get(fdnum(n))
	if errno != Success {
		return nil, namedError{errno}
	}
	if d.sock != nil || d.dir != nil {
		d.Release()
		return nil, namedError{EINVAL}
	}
	return named{h, d, int64(n)}, nil
}

func (h *Host) openBeneath(dir fdnum, path string, how hostfs.Opening) (*descriptor, Errno) {
	rights, wanted := RightPathOpen, Rights(0)
	if how.Create {
		rights |= RightPathCreateFile
	}
	if how.Read {
		wanted |= RightFdRead | RightFdSeek
	}
	if how.Write {
		wanted |= RightFdWrite
	}
	d, errno := h.open(dir, rights)
	if errno != Success {
		return nil, errno
	}
	defer d.Release()
	if path, errno = h.path([]byte(path)); errno == Success {
		errno = checkStart(d, path)
	}
	if errno != Success {
		return nil, errno
	}
	if wanted&d.mode.refused() != 0 || wanted&^Rights(d.inheriting.Load()) != 0 {
		return nil, EACCES
	}
	f, err := d.dir.Open(path, how, patience{h, d})
	if err != nil {
		return nil, errnoOf(err)
	}
	return newDescriptor(f, wanted, 0, d.mode), Success
}

// named is a file that the host reads and writes for the guest.
type named struct {
	h *Host
	d *descriptor
	n int64 // the guest's number of it, or -1
}

// Read implements [io.Reader].
func (f named) Read(b []byte) (int, error) {
	n, err := f.transfer(reading, b)
	if n == 0 && err == nil && len(b) > 0 {
		err = io.EOF
	}
	return n, err
}

// Write implements [io.Writer].
func (f named) Write(b []byte) (n int, err error) {
	for n < len(b) && err == nil {
		var m int
		m, err = f.transfer(writing, b[n:])
		n += m
	}
	return n, err
}

func (f named) transfer(kind transferKind, b []byte) (int, error) {
	n, errno := f.h.prepare(f.d, kind, 0, len(b))
	if errno == Success {
		n, errno = f.h.finish(f.d, kind, len(b), f.h.moveOne(f.d, kind, b[:n], 0))
	}
	if errno != Success {
		return 0, namedError{errno}
	}
	return n, nil
}

// Seek implements [io.Seeker].
func (f named) Seek(offset int64, from int) (int64, error) {
	if errno := f.d.check(RightFdSeek); errno != Success {
		return 0, namedError{errno}
	}
	return f.d.seek(offset, whence(from))
}

// Close closes the file, and the guest's descriptor.
func (f named) Close() error {
	if f.n >= 0 {
		if d, is := f.h.table.Get(uint32(f.n)); is {
			if d == f.d {
				_, is = f.h.table.Remove(uint32(f.n))
				if is {
					_ = d.Release() // the table's reference
				}
			}
			_ = d.Release() // of Get
		}
	}
	return f.d.Release()
}

// preopenOf is the directory mapping that name is in, the longest that fits, and
// the path from there, and whether there is one.
func (h *Host) preopenOf(name string) (dir fdnum, path string, ok bool) {
	clean, longest := strings.TrimLeft(name, "/"), 0
	h.table.Each(func(n uint32, d *descriptor) {
		if d.preopen == "" || len(d.preopen) <= longest {
			return
		}
		if rest, is := below(clean, d.preopen); is {
			dir, path, ok, longest = fdnum(n), rest, true, len(d.preopen)
		}
	})
	return dir, path, ok
}

// below is the path from a mapping's directory to name, if it is in there.
func below(name, preopen string) (string, bool) {
	if preopen == "/" || preopen == "." {
		return strings.TrimPrefix(name, "./"), true
	}
	rest, ok := strings.CutPrefix(name, preopen)
	if !ok || !strings.HasPrefix(rest, "/") {
		return "", false
	}
	return strings.TrimLeft(rest, "/"), true
}

// namedError is an error in the words of the C library.
type namedError struct{ errno Errno }

func (e namedError) Error() string { return strings.TrimSuffix(e.errno.Error(), ".") }

// Unwrap is the error number.
func (e namedError) Unwrap() error { return e.errno }
