package wasi

import (
	"io"
	"strings"

	"github.com/wazedge/wazedge/hostfuncs/hostfs"
)

// AppendFile opens the file name for appending, and makes it if it is not there:
// for functions of the host that take names of files from a guest. The name is one
// of the guest's, beneath the directories that it has been given and nowhere else.
// The error is the system's, without a full stop.
func (h *Host) AppendFile(name string) (io.WriteCloser, error) {
	dir, path, ok := h.preopenOf(name)
	if !ok {
		return nil, appendError{EACCES}
	}
	d, errno := h.appendBeneath(dir, path)
	if errno != Success {
		return nil, appendError{errno}
	}
	return appended{d}, nil
}

func (h *Host) appendBeneath(dir fdnum, path string) (*descriptor, Errno) {
	d, errno := h.open(dir, RightPathOpen|RightPathCreateFile)
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
	if d.mode == ReadOnly || Rights(d.inheriting.Load())&RightFdWrite == 0 {
		return nil, EACCES
	}
	f, err := d.dir.Open(path, hostfs.Opening{
		Follow: true, Create: true, Flags: hostfs.FlagAppend, Write: true,
	}, patience{h, d})
	if err != nil {
		return nil, errnoOf(err)
	}
	return newDescriptor(f, RightFdWrite, 0, d.mode), Success
}

// appended is a file that the host writes.
type appended struct{ d *descriptor }

// Write implements [io.Writer].
func (a appended) Write(b []byte) (n int, err error) {
	for n < len(b) && err == nil {
		var m int
		m, err = a.d.file.Write(b[n:])
		n += m
	}
	return n, err
}

// Close closes the file.
func (a appended) Close() error { return a.d.Release() }

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

// appendError is an error in the words of the C library.
type appendError struct{ errno Errno }

func (e appendError) Error() string { return strings.TrimSuffix(e.errno.Error(), ".") }

// Unwrap is the error number.
func (e appendError) Unwrap() error { return e.errno }
