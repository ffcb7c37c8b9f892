package hostfs

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"
)

// The functions of this file act on a path beneath a directory, by os.Root,
// which refuses every path that leads outside.

// beneath is err as the guest is to see it. os.Root has no error value for a
// path that leaves the root.
func beneath(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) && p.Err.Error() == "path escapes from parent" {
		return syscall.EPERM
	}
	var l *os.LinkError
	if errors.As(err, &l) && l.Err.Error() == "path escapes from parent" {
		return syscall.EPERM
	}
	return err
}

// directoryAsked is NOTDIR if path asks for a directory by a slash at its end and
// there is something else.
func (d *directory) directoryAsked(path string) error {
	if !strings.HasSuffix(path, "/") {
		return nil
	}
	i, err := d.root.Lstat(strings.TrimRight(path, "/"))
	if err == nil && !i.IsDir() {
		return syscall.ENOTDIR
	}
	return nil
}

func (d *directory) Mkdir(path string) error {
	return beneath(d.root.Mkdir(strings.TrimRight(path, "/"), 0o755))
}

func (d *directory) Rmdir(path string) error {
	path = strings.TrimRight(path, "/")
	i, err := d.root.Lstat(path)
	if err != nil {
		return beneath(err)
	}
	if !i.IsDir() {
		return syscall.ENOTDIR
	}
	return beneath(d.root.Remove(path))
}

func (d *directory) Unlink(path string) error {
	if err := d.directoryAsked(path); err != nil {
		return err
	}
	path = strings.TrimRight(path, "/")
	i, err := d.root.Lstat(path)
	if err != nil {
		return beneath(err)
	}
	if i.IsDir() {
		return syscall.EISDIR
	}
	return beneath(d.root.Remove(path))
}

func (d *directory) symlink(target, path string) error {
	return beneath(d.root.Symlink(target, strings.TrimRight(path, "/")))
}

// rename and linkBeneath do not reach from one open directory into
// another: os.Root does not.
func (d *directory) rename(old string, to *directory, path string) error {
	if d.root != to.root {
		return syscall.EXDEV
	}
	return beneath(d.root.Rename(strings.TrimRight(old, "/"), strings.TrimRight(path, "/")))
}

func (d *directory) link(old string, _ bool, to *directory, path string) error {
	if d.root != to.root {
		return syscall.EXDEV
	}
	return beneath(d.root.Link(strings.TrimRight(old, "/"), strings.TrimRight(path, "/")))
}

// Readlink writes what the link at path says to b, cut to it, and tells
// how much that is.
func (d *directory) Readlink(path string, b []byte) (int, error) {
	if len(b) == 0 {
		return 0, syscall.EINVAL
	}
	target, err := d.root.Readlink(path)
	return copy(b, target), beneath(err)
}

// depth is how many directories the one at path is below dir, by its text.
func (d *directory) depth(text string) (int, error) {
	depth := 0
	for part := range strings.SplitSeq(path.Clean(text), "/") {
		if part != "" && part != "." {
			depth++
		}
	}
	return depth, nil
}

func (d *directory) SetTimesAt(path string, follow bool, t Times) error {
	s, err := d.StatAt(path, follow)
	if err != nil {
		return err
	}
	a, m := t.times(s)
	return beneath(d.root.Chtimes(path, a, m))
}

func (d *directory) StatAt(path string, follow bool) (Stat, error) {
	stat := d.root.Lstat
	if follow || strings.HasSuffix(path, "/") {
		stat = d.root.Stat
	}
	i, err := stat(strings.TrimRight(path, "/"))
	if err != nil {
		return Stat{}, beneath(err)
	}
	if strings.HasSuffix(path, "/") && !i.IsDir() {
		return Stat{}, syscall.ENOTDIR
	}
	return statOf(i), nil
}

// Open implements [Directory]. Nothing that can be opened here waits.
func (d *directory) Open(path string, how Opening, _ Patience) (File, error) {
	h, err := d.open(path, how)
	if err != nil {
		return nil, err
	}
	return newFile(h, d.Options), nil
}

func (d *directory) open(path string, how Opening) (handle, error) {
	if how.Create && how.Directory {
		return handle{}, syscall.EINVAL
	}
	s, err := d.StatAt(path, how.Follow)
	switch {
	case err == nil && s.Kind == KindSymbolicLink:
		return handle{}, syscall.ELOOP
	case err == nil && s.Kind == KindDirectory:
		return d.openDirectory(path, how)
	case err == nil && how.Directory:
		return handle{}, syscall.ENOTDIR
	case err != nil && !how.Create:
		return handle{}, err
	}
	f, err := d.root.OpenFile(path, how.sys(), 0o644)
	return handle{file: f}, beneath(err)
}

func (d *directory) openDirectory(path string, how Opening) (handle, error) {
	if how.Exclusive && how.Create {
		return handle{}, syscall.EEXIST
	}
	if how.Write || how.Create {
		return handle{}, syscall.EISDIR
	}
	r, err := d.root.OpenRoot(strings.TrimRight(path, "/"))
	return handle{root: r}, beneath(err)
}

// sys are package os's flags for opening.
func (how Opening) sys() int {
	sys := os.O_RDONLY
	switch {
	case how.Read && how.Write:
		sys = os.O_RDWR
	case how.Write:
		sys = os.O_WRONLY
	}
	for _, x := range [...]struct {
		set bool
		sys int
	}{
		{how.Create, os.O_CREATE},
		{how.Exclusive, os.O_EXCL},
		{how.Truncate && how.Write, os.O_TRUNC},
		{how.Flags&FlagAppend != 0, os.O_APPEND},
		{how.Flags&(FlagSync|FlagDsync|FlagRsync) != 0, os.O_SYNC},
	} {
		if x.set {
			sys |= x.sys
		}
	}
	return sys
}
