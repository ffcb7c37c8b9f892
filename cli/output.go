package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// writeFile writes the file name by write: to a temporary file beside it, which
// takes the name when it is complete, so that nobody ever sees a part. What is
// not a regular file, such as a pipe, or named by a descriptor of this process, is
// written as it is.
func writeFile(name string, write func(io.Writer) error) error {
	info, err := os.Stat(name)
	if err == nil && (!info.Mode().IsRegular() || isDescriptor(name)) {
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return writeAndClose(f, write)
	}
	f, err := os.OpenFile(fmt.Sprintf("%s.%d.tmp", name, os.Getpid()), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		if failed, ok := errors.AsType[*fs.PathError](err); ok {
			failed.Path = name // which people know
		}
		return err
	}
	if err := writeAndClose(f, write); err != nil {
		os.Remove(f.Name())
		return err
	}
	if err := os.Rename(f.Name(), name); err != nil {
		os.Remove(f.Name())
		return err
	}
	return nil
}

// isDescriptor reports whether a path names a file that this process has open, beside which
// there can be no other.
func isDescriptor(name string) bool {
	return strings.HasPrefix(name, "/proc/self/fd/") || strings.HasPrefix(name, "/dev/fd/")
}

func writeAndClose(f *os.File, write func(io.Writer) error) error {
	b := bufio.NewWriter(f)
	err := errors.Join(write(b), b.Flush())
	return errors.Join(err, f.Close())
}

// printer writes to a standard stream what is no guest's, and has the process
// remember that it could not.
type printer struct {
	p *Process
	f *os.File
}

// out is where the process prints.
func (p *Process) out() io.Writer { return printer{p, p.Stdout} }

// Write writes b.
func (w printer) Write(b []byte) (int, error) {
	n, err := w.f.Write(b)
	if err != nil {
		w.p.unwritten.CompareAndSwap(nil, &err)
	}
	return n, err
}
