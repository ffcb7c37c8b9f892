package wasi

import (
	"io/fs"
	"os"
	"syscall"
	"time"
)

// handle is a file of the system. A directory is a root that paths are resolved
// beneath.
type handle struct {
	file *os.File
	root *os.Root
}

// sysVector is not used: buffers are moved one after another.
type sysVector struct{}

// stdioHandle is f, which stays the caller's.
func stdioHandle(f *os.File) handle { return handle{file: f} }

// openHostDirectory opens a directory of the host by its path.
func openHostDirectory(path string) (handle, error) {
	if path == "" {
		return handle{}, ENOENT
	}
	r, err := os.OpenRoot(path)
	return handle{root: r}, err
}

// regular is the file of a handle that is not a directory.
func (f handle) regular() (*os.File, error) {
	if f.file == nil {
		return nil, EISDIR
	}
	return f.file, nil
}

func (f handle) close() error {
	if f.root != nil {
		return f.root.Close()
	}
	return f.file.Close()
}

func (f handle) read(b []byte) (int, error) {
	file, err := f.regular()
	if err != nil {
		return 0, err
	}
	n, err := file.Read(b)
	return n, unlessMoved(n, err)
}

func (f handle) write(b []byte) (int, error) {
	file, err := f.regular()
	if err != nil {
		return 0, err
	}
	n, err := file.Write(b)
	return n, unlessMoved(n, err)
}

func (f handle) pread(b []byte, offset int64) (int, error) {
	file, err := f.regular()
	if err != nil {
		return 0, err
	}
	n, err := file.ReadAt(b, offset)
	return n, unlessMoved(n, err)
}

func (f handle) pwrite(b []byte, offset int64) (int, error) {
	file, err := f.regular()
	if err != nil {
		return 0, err
	}
	n, err := file.WriteAt(b, offset)
	return n, unlessMoved(n, err)
}

// unlessMoved is err if nothing was moved before it. The end of a file is no error.
func unlessMoved(n int, err error) error {
	if n > 0 || errnoOf(err) == Success {
		return nil
	}
	return err
}

// each moves v's buffers with f until one is not filled or emptied.
func (v *vector) each(f func(b []byte, done int) (int, error)) (int, error) {
	done := 0
	for _, b := range v.bufs {
		if len(b) == 0 {
			continue
		}
		n, err := f(b, done)
		if err != nil && done == 0 {
			return 0, err
		}
		done += n
		if err != nil || n < len(b) {
			break
		}
	}
	return done, nil
}

// readv fills the first buffer only, as a second read might wait when the first
// has got something.
func (f handle) readv(v *vector) (int, error) {
	for _, b := range v.bufs {
		if len(b) > 0 {
			return f.read(b)
		}
	}
	return 0, nil
}

func (f handle) writev(v *vector) (int, error) {
	return v.each(func(b []byte, _ int) (int, error) { return f.write(b) })
}

func (f handle) preadv(v *vector, offset int64) (int, error) {
	return v.each(func(b []byte, done int) (int, error) { return f.pread(b, offset+int64(done)) })
}

func (f handle) pwritev(v *vector, offset int64) (int, error) {
	return v.each(func(b []byte, done int) (int, error) { return f.pwrite(b, offset+int64(done)) })
}

func (f handle) seek(offset int64, from whence) (int64, error) {
	file, err := f.regular()
	if err != nil {
		return 0, err
	}
	return file.Seek(offset, int(from))
}

func (f handle) truncate(n int64) error {
	file, err := f.regular()
	if err != nil {
		return err
	}
	return file.Truncate(n)
}

func (f handle) sync() error {
	if f.file == nil {
		return nil
	}
	return f.file.Sync()
}

func (f handle) datasync() error { return f.sync() }

// advise does nothing: the system has no such call.
func (f handle) advise(int64, int64, advice) error { return nil }

// allocate makes the file reach to the end of the range.
func (f handle) allocate(offset, n int64) error {
	s, err := f.stat()
	if err != nil || int64(s.size) >= offset+n {
		return err
	}
	return f.truncate(offset + n)
}

// flags are none: the system does not tell them.
func (f handle) flags() (fdflags, error) { return 0, nil }

// setFlags can take back nothing and add nothing.
func (f handle) setFlags(flags fdflags) error {
	if flags != 0 {
		return ENOTSUP
	}
	return nil
}

// setTimes sets the file's times.
func (f handle) setTimes(t fileTimes) error {
	s, err := f.stat()
	if err != nil {
		return err
	}
	if f.root != nil {
		a, m := t.times(s)
		return f.root.Chtimes(".", a, m)
	}
	a, m := syscall.NsecToFiletime(t.atim.resolve(s.atim)), syscall.NsecToFiletime(t.mtim.resolve(s.mtim))
	return syscall.SetFileTime(syscall.Handle(f.file.Fd()), nil, &a, &m)
}

// resolve is the time in nanoseconds, old if it is not to be set.
func (t timeSpec) resolve(old uint64) int64 {
	switch {
	case !t.set:
		return int64(old)
	case t.now:
		return time.Now().UnixNano()
	default:
		return int64(t.at)
	}
}

func (t fileTimes) times(s filestat) (atim, mtim time.Time) {
	return time.Unix(0, t.atim.resolve(s.atim)), time.Unix(0, t.mtim.resolve(s.mtim))
}

// filetype is the type of f's file.
func (f handle) filetype() Filetype {
	s, err := f.stat()
	if err != nil {
		return filetypeUnknown
	}
	return s.kind
}

// stat is the attributes of f's file.
func (f handle) stat() (filestat, error) {
	var i fs.FileInfo
	var err error
	if f.root != nil {
		i, err = f.root.Stat(".")
	} else {
		i, err = f.file.Stat()
	}
	if err != nil {
		return filestat{}, err
	}
	return filestatOf(i), nil
}

// filestatOf is what of a file's attributes the system tells cheaply: there is
// one link to each file, and files have no numbers.
func filestatOf(i fs.FileInfo) filestat {
	s := filestat{
		kind:  filetypeOfMode(i.Mode()),
		nlink: 1,
		size:  uint64(i.Size()),
		mtim:  uint64(i.ModTime().UnixNano()),
	}
	s.atim, s.ctim = s.mtim, s.mtim
	if d, ok := i.Sys().(*syscall.Win32FileAttributeData); ok {
		s.atim = uint64(d.LastAccessTime.Nanoseconds())
	}
	return s
}

// list is the entries of the directory f, without "." and "..".
func (f handle) list() ([]fs.DirEntry, error) {
	if f.root == nil {
		return nil, ENOTDIR
	}
	d, err := f.root.Open(".")
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.ReadDir(-1)
}

// inodeOf is 0: a directory does not tell the numbers of its files.
func inodeOf(fs.DirEntry) uint64 { return 0 }

// tryNow is NOTSUP: the system cannot be asked not to wait.
func (d *descriptor) tryNow(transferKind, *vector) (int, error) { return 0, ENOTSUP }

// terminal is of no interest here.
func (f handle) terminal() bool { return false }
