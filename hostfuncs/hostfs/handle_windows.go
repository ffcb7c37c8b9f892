package hostfs

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

// handleOf is f, which stays the caller's.
func handleOf(f *os.File) handle { return handle{file: f} }

// handleOfSocket is that of no file: what can be done to a socket does not go through
// it here.
func handleOfSocket(int) handle { return handle{} }

// openHostDirectory opens a directory of the host by its path.
func openHostDirectory(path string) (handle, error) {
	if path == "" {
		return handle{}, syscall.ENOENT
	}
	r, err := os.OpenRoot(path)
	return handle{root: r}, err
}

// regular is the file of a handle that is not a directory.
func (f handle) regular() (*os.File, error) {
	if f.file == nil {
		return nil, syscall.EISDIR
	}
	return f.file, nil
}

func (f handle) Close() error {
	if f.root != nil {
		return f.root.Close()
	}
	return f.file.Close()
}

func (f handle) Read(b []byte) (int, error) {
	file, err := f.regular()
	if err != nil {
		return 0, err
	}
	n, err := file.Read(b)
	return n, unlessMoved(n, err)
}

func (f handle) Write(b []byte) (int, error) {
	file, err := f.regular()
	if err != nil {
		return 0, err
	}
	n, err := file.Write(b)
	return n, unlessMoved(n, err)
}

func (f handle) ReadAt(b []byte, offset int64) (int, error) {
	file, err := f.regular()
	if err != nil {
		return 0, err
	}
	n, err := file.ReadAt(b, offset)
	return n, unlessMoved(n, err)
}

func (f handle) WriteAt(b []byte, offset int64) (int, error) {
	file, err := f.regular()
	if err != nil {
		return 0, err
	}
	n, err := file.WriteAt(b, offset)
	return n, unlessMoved(n, err)
}

// ReadVector fills the first buffer only, as a second read might wait when the first
// has got something.
func (f handle) ReadVector(v *Vector) (int, error) { return v.first(f.Read) }

func (f handle) WriteVector(v *Vector) (int, error) {
	return v.each(func(b []byte, _ int) (int, error) { return f.Write(b) })
}

func (f handle) ReadVectorAt(v *Vector, offset int64) (int, error) {
	return v.each(func(b []byte, done int) (int, error) { return f.ReadAt(b, offset+int64(done)) })
}

func (f handle) WriteVectorAt(v *Vector, offset int64) (int, error) {
	return v.each(func(b []byte, done int) (int, error) { return f.WriteAt(b, offset+int64(done)) })
}

func (f handle) Seek(offset int64, whence int) (int64, error) {
	file, err := f.regular()
	if err != nil {
		return 0, err
	}
	return file.Seek(offset, whence)
}

func (f handle) Truncate(n int64) error {
	file, err := f.regular()
	if err != nil {
		return err
	}
	return file.Truncate(n)
}

func (f handle) Sync() error {
	if f.file == nil {
		return nil
	}
	return f.file.Sync()
}

func (f handle) Datasync() error { return f.Sync() }

// Advise does nothing: the system has no such call.
func (f handle) Advise(int64, int64, Advice) error { return nil }

// Allocate makes the file reach to the end of the range.
func (f handle) Allocate(offset, n int64) error {
	s, err := f.Stat()
	if err != nil || int64(s.Size) >= offset+n {
		return err
	}
	return f.Truncate(offset + n)
}

// Flags are none: the system does not tell them.
func (f handle) Flags() (Flags, error) { return 0, nil }

// SetFlags can take back nothing and add nothing.
func (f handle) SetFlags(flags Flags) error {
	if flags != 0 {
		return syscall.ENOTSUP
	}
	return nil
}

// SetTimes sets the file's times.
func (f handle) SetTimes(t Times) error {
	s, err := f.Stat()
	if err != nil {
		return err
	}
	if f.root != nil {
		a, m := t.times(s)
		return f.root.Chtimes(".", a, m)
	}
	a, m := syscall.NsecToFiletime(t.Access.resolve(s.AccessTime)), syscall.NsecToFiletime(t.Modify.resolve(s.ModifyTime))
	return syscall.SetFileTime(syscall.Handle(f.file.Fd()), nil, &a, &m)
}

func (t Times) times(s Stat) (atim, mtim time.Time) {
	return time.Unix(0, t.Access.resolve(s.AccessTime)), time.Unix(0, t.Modify.resolve(s.ModifyTime))
}

// statKind is the type of f's file.
func (f handle) statKind() Kind {
	s, err := f.Stat()
	if err != nil {
		return KindUnknown
	}
	return s.Kind
}

// Stat is the attributes of f's file.
func (f handle) Stat() (Stat, error) {
	var i fs.FileInfo
	var err error
	if f.root != nil {
		i, err = f.root.Stat(".")
	} else {
		i, err = f.file.Stat()
	}
	if err != nil {
		return Stat{}, err
	}
	return statOf(i), nil
}

// statOf is what of a file's attributes the system tells cheaply: there is
// one link to each file, and files have no numbers.
func statOf(i fs.FileInfo) Stat {
	s := Stat{
		Kind:       kindOfMode(i.Mode()),
		Links:      1,
		Size:       uint64(i.Size()),
		ModifyTime: uint64(i.ModTime().UnixNano()),
	}
	s.AccessTime, s.ChangeTime = s.ModifyTime, s.ModifyTime
	if d, ok := i.Sys().(*syscall.Win32FileAttributeData); ok {
		s.AccessTime = uint64(d.LastAccessTime.Nanoseconds())
	}
	return s
}

// list is the entries of the directory f, without "." and "..".
func (f handle) list() ([]fs.DirEntry, error) {
	if f.root == nil {
		return nil, syscall.ENOTDIR
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

// TryNow is NOTSUP: the system cannot be asked not to wait.
func (f *file) TryNow(bool, *Vector) (int, error) { return 0, syscall.ENOTSUP }

// Terminal is of no interest here.
func (f handle) Terminal() bool { return false }
