package hostfs

import (
	"cmp"
	"errors"
	"hash/fnv"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync"
	"syscall"
)

// FS is the root of fsys as a directory that nothing can be changed in. What symbolic
// links in fsys lead to is fsys's own matter: those of [os.DirFS] may lead outside.
func FS(fsys fs.FS) (Directory, error) {
	d := &tree{fsys: fsys, at: "."}
	s, err := d.Stat()
	if err == nil && s.Kind != KindDirectory {
		err = syscall.ENOTDIR
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

// tree is a directory of an [fs.FS].
type tree struct {
	refusing
	fsys fs.FS
	at   string // its name there
}

// Kind implements [File].
func (d *tree) Kind() Kind { return KindDirectory }

// resolve is the name of what is at path, which may be missing itself.
func (d *tree) resolve(at string) (string, error) {
	if err := checkStart(at); err != nil {
		return "", err
	}
	prefix, name := splitPath(at)
	if strings.TrimRight(name, "/") == ".." {
		prefix, name = at, "."
	}
	var below []string
	for part := range strings.SplitSeq(prefix, "/") {
		switch {
		case part == "" || part == ".":
		case part != "..":
			below = append(below, part)
			if i, err := fs.Stat(d.fsys, path.Join(d.at, path.Join(below...))); err != nil {
				return "", err
			} else if !i.IsDir() {
				return "", syscall.ENOTDIR
			}
		case len(below) == 0:
			return "", syscall.EPERM
		default:
			below = below[:len(below)-1]
		}
	}
	return path.Join(d.at, path.Join(below...), name), nil
}

// info is what fsys tells of what is at a path.
func (d *tree) info(at string, follow bool) (name string, i fs.FileInfo, err error) {
	if name, err = d.resolve(at); err != nil {
		return "", nil, err
	}
	directory := strings.HasSuffix(at, "/")
	if follow || directory {
		i, err = fs.Stat(d.fsys, name)
	} else {
		i, err = fs.Lstat(d.fsys, name)
	}
	if err == nil && directory && !i.IsDir() {
		err = syscall.ENOTDIR
	}
	return name, i, err
}

// Open implements [Directory].
func (d *tree) Open(at string, how Opening, _ Patience) (File, error) {
	if how.Create && how.Directory {
		return nil, syscall.EINVAL
	}
	name, i, err := d.info(at, how.Follow)
	switch {
	case err != nil && how.Create && name != "":
		return nil, syscall.EROFS
	case err != nil:
		return nil, err
	case how.Create && how.Exclusive:
		return nil, syscall.EEXIST
	case i.Mode()&fs.ModeSymlink != 0:
		return nil, syscall.ELOOP
	case how.Directory && !i.IsDir():
		return nil, syscall.ENOTDIR
	case i.IsDir() && (how.Write || how.Create):
		return nil, syscall.EISDIR
	case how.Write:
		return nil, syscall.EROFS
	case i.IsDir():
		return &tree{fsys: d.fsys, at: name}, nil
	}
	f, err := d.fsys.Open(name)
	if err != nil {
		return nil, err
	}
	return &leaf{file: f, name: name, kind: kindOfMode(i.Mode())}, nil
}

// List implements [Directory].
func (d *tree) List() Listing {
	return &snapshot{
		list: func() ([]fs.DirEntry, error) { return fs.ReadDir(d.fsys, d.at) },
		ino:  func(e fs.DirEntry) uint64 { return inodeOfName(path.Join(d.at, e.Name())) },
	}
}

// Stat implements [File].
func (d *tree) Stat() (Stat, error) { return d.StatAt(".", true) }

// StatAt implements [Directory].
func (d *tree) StatAt(at string, follow bool) (Stat, error) {
	name, i, err := d.info(at, follow)
	if err != nil {
		return Stat{}, err
	}
	return statOfInfo(name, i), nil
}

// Readlink implements [Directory].
func (d *tree) Readlink(at string, b []byte) (int, error) {
	name, i, err := d.info(at, false)
	if err != nil {
		return 0, err
	}
	if i.Mode()&fs.ModeSymlink == 0 || len(b) == 0 {
		return 0, syscall.EINVAL
	}
	target, err := fs.ReadLink(d.fsys, name)
	return copy(b, target), err
}

// Lookup implements [Directory].
func (d *tree) Lookup(at string) error {
	_, err := d.resolve(at)
	return err
}

// change is the error of what would change something at path.
func (d *tree) change(at string) error { return cmp.Or(d.Lookup(at), error(syscall.EROFS)) }

func (d *tree) SetTimes(Times) error                        { return syscall.EROFS }
func (d *tree) SetTimesAt(at string, _ bool, _ Times) error { return d.change(at) }
func (d *tree) Mkdir(at string) error                       { return d.change(at) }
func (d *tree) Rmdir(at string) error                       { return d.change(at) }
func (d *tree) Unlink(at string) error                      { return d.change(at) }
func (d *tree) Symlink(_, at string) error                  { return d.change(at) }
func (d *tree) Rename(old string, _ Directory, _ string) error {
	return d.change(old)
}
func (d *tree) Link(old string, _ bool, _ Directory, _ string) error { return d.change(old) }

func (d *tree) Read([]byte) (int, error)                  { return 0, syscall.EISDIR }
func (d *tree) ReadVector(*Vector) (int, error)           { return 0, syscall.EISDIR }
func (d *tree) ReadVectorAt(*Vector, int64) (int, error)  { return 0, syscall.EISDIR }
func (d *tree) WriteVector(*Vector) (int, error)          { return 0, syscall.EBADF }
func (d *tree) WriteVectorAt(*Vector, int64) (int, error) { return 0, syscall.EBADF }
func (d *tree) Sync() error                               { return nil }
func (d *tree) Datasync() error                           { return nil }

// leaf is a file of an [fs.FS].
type leaf struct {
	refusing
	kind Kind
	name string

	mu   sync.Mutex // as an fs.File is for one at a time
	file fs.File
}

// Kind implements [File].
func (f *leaf) Kind() Kind { return f.kind }

// Stat implements [File].
func (f *leaf) Stat() (Stat, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i, err := f.file.Stat()
	if err != nil {
		return Stat{}, err
	}
	return statOfInfo(f.name, i), nil
}

// Close implements [File].
func (f *leaf) Close() error { return f.file.Close() }

// Read implements [File].
func (f *leaf) Read(b []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.file.Read(b)
	return n, unlessMoved(n, err)
}

// ReadAt implements [File].
func (f *leaf) ReadAt(b []byte, offset int64) (int, error) {
	r, ok := f.file.(io.ReaderAt)
	if !ok {
		return f.readThere(b, offset)
	}
	n, err := r.ReadAt(b, offset)
	if errors.Is(err, fs.ErrInvalid) {
		// So say embed and others beyond the end.
		if s, statErr := f.Stat(); statErr == nil && uint64(offset) >= s.Size {
			return 0, nil
		}
	}
	return n, unlessMoved(n, err)
}

// readThere is ReadAt for a file that can only be read at its offset.
func (f *leaf) readThere(b []byte, offset int64) (n int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s, ok := f.file.(io.Seeker)
	if !ok {
		return 0, syscall.ESPIPE
	}
	back, err := s.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0, err
	}
	if _, err = s.Seek(offset, io.SeekStart); err == nil {
		n, err = f.file.Read(b)
		err = unlessMoved(n, err)
	}
	_, seekErr := s.Seek(back, io.SeekStart)
	return n, cmp.Or(err, seekErr)
}

// ReadVector implements [File].
func (f *leaf) ReadVector(v *Vector) (int, error) {
	return v.each(func(b []byte, _ int) (int, error) { return f.Read(b) })
}

// ReadVectorAt implements [File].
func (f *leaf) ReadVectorAt(v *Vector, offset int64) (int, error) {
	return v.each(func(b []byte, done int) (int, error) { return f.ReadAt(b, offset+int64(done)) })
}

func (f *leaf) WriteVector(*Vector) (int, error)          { return 0, syscall.EBADF }
func (f *leaf) WriteAt([]byte, int64) (int, error)        { return 0, syscall.EBADF }
func (f *leaf) WriteVectorAt(*Vector, int64) (int, error) { return 0, syscall.EBADF }
func (f *leaf) SetTimes(Times) error                      { return syscall.EROFS }
func (f *leaf) Sync() error                               { return nil }
func (f *leaf) Datasync() error                           { return nil }
func (f *leaf) Advise(int64, int64, Advice) error         { return nil }
func (f *leaf) Allocate(offset, length int64) error       { return syscall.EBADF }

// Seek implements [File].
func (f *leaf) Seek(offset int64, whence int) (int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s, ok := f.file.(io.Seeker)
	if !ok {
		return 0, syscall.ESPIPE
	}
	return s.Seek(offset, whence)
}

// statOfInfo is what an [fs.FS] tells of the file name. It has one link.
func statOfInfo(name string, i fs.FileInfo) Stat {
	at := uint64(max(i.ModTime().UnixNano(), 0))
	return Stat{
		Ino:        inodeOfName(name),
		Kind:       kindOfMode(i.Mode()),
		Links:      1,
		Size:       uint64(i.Size()),
		AccessTime: at, ModifyTime: at, ChangeTime: at,
	}
}

// inodeOfName tells files apart by their names.
func inodeOfName(name string) uint64 {
	h := fnv.New64a()
	io.WriteString(h, name)
	return h.Sum64()
}
