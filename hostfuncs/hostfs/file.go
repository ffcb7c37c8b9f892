package hostfs

import (
	"os"
	"syscall"
)

// file is an open file of the system.
type file struct {
	handle
	kind Kind
}

// Kind implements [File].
func (f *file) Kind() Kind { return f.kind }

// directory is an open directory of the system.
type directory struct {
	file
	Options
}

// newFile takes over h, below which o holds if it is a directory. A file whose type
// cannot be found out is of unknown type.
func newFile(h handle, o Options) File {
	f := file{h, h.statKind()}
	if f.kind == KindDirectory {
		return &directory{f, o}
	}
	return &f
}

// Of is f, which stays the caller's: the caller closes it and not the File.
func Of(f *os.File) File { return newFile(handleOf(f), Options{}) }

// OfSocket is the system's socket fd as a file, for what it has in common with others.
// The caller closes it and not the File.
func OfSocket(fd int, k Kind) File { return &file{handleOfSocket(fd), k} }

// OpenDirectory opens a directory of the host by its path there.
func OpenDirectory(path string, o Options) (Directory, error) {
	h, err := openHostDirectory(path)
	if err != nil {
		return nil, err
	}
	if o.Guard, err = o.Guard.over(h); err != nil {
		h.Close()
		return nil, err
	}
	d, ok := newFile(h, o).(*directory)
	if !ok {
		h.Close()
		return nil, syscall.ENOTDIR
	}
	return d, nil
}

// other is to as a directory of the system.
func other(to Directory) (*directory, error) {
	d, ok := to.(*directory)
	if !ok {
		return nil, syscall.EXDEV
	}
	return d, nil
}

// Symlink implements [Directory].
func (d *directory) Symlink(target, path string) error {
	if err := staysBeneath(path, target, d.depth); err != nil {
		return err
	}
	return d.symlink(target, path)
}

// Rename implements [Directory].
func (d *directory) Rename(old string, to Directory, path string) error {
	q, err := other(to)
	if err != nil {
		return err
	}
	return d.rename(old, q, path)
}

// Link implements [Directory].
func (d *directory) Link(old string, follow bool, to Directory, path string) error {
	q, err := other(to)
	if err != nil {
		return err
	}
	return d.link(old, follow, q, path)
}

// Lookup implements [Directory].
func (d *directory) Lookup(path string) error {
	prefix, _ := splitPath(path)
	_, err := d.depth(prefix)
	return err
}
