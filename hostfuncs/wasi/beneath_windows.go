package wasi

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"
)

// The functions of this file act on a path beneath a directory, by os.Root,
// which refuses every path that leads outside.

// beneath is err as the guest is to see it. os.Root has no error value for a
// path that leaves the root.
func beneath(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) && p.Err.Error() == "path escapes from parent" {
		return EPERM
	}
	var l *os.LinkError
	if errors.As(err, &l) && l.Err.Error() == "path escapes from parent" {
		return EPERM
	}
	return err
}

// directoryAsked is NOTDIR if path asks for a directory by a slash at its end and
// there is something else.
func directoryAsked(dir base, path string) error {
	if !strings.HasSuffix(path, "/") {
		return nil
	}
	i, err := dir.file.root.Lstat(strings.TrimRight(path, "/"))
	if err == nil && !i.IsDir() {
		return ENOTDIR
	}
	return nil
}

func mkdirBeneath(dir base, path string) error {
	return beneath(dir.file.root.Mkdir(strings.TrimRight(path, "/"), 0o755))
}

func rmdirBeneath(dir base, path string) error {
	path = strings.TrimRight(path, "/")
	i, err := dir.file.root.Lstat(path)
	if err != nil {
		return beneath(err)
	}
	if !i.IsDir() {
		return ENOTDIR
	}
	return beneath(dir.file.root.Remove(path))
}

func unlinkBeneath(dir base, path string) error {
	if err := directoryAsked(dir, path); err != nil {
		return err
	}
	path = strings.TrimRight(path, "/")
	i, err := dir.file.root.Lstat(path)
	if err != nil {
		return beneath(err)
	}
	if i.IsDir() {
		return EISDIR
	}
	return beneath(dir.file.root.Remove(path))
}

func symlinkBeneath(dir base, target, path string) error {
	return beneath(dir.file.root.Symlink(target, strings.TrimRight(path, "/")))
}

// renameBeneath and linkBeneath do not reach from one open directory into
// another: os.Root does not.
func renameBeneath(from base, old string, to base, path string) error {
	if from.file.root != to.file.root {
		return EXDEV
	}
	return beneath(from.file.root.Rename(strings.TrimRight(old, "/"), strings.TrimRight(path, "/")))
}

func linkBeneath(from base, old string, _ bool, to base, path string) error {
	if from.file.root != to.file.root {
		return EXDEV
	}
	return beneath(from.file.root.Link(strings.TrimRight(old, "/"), strings.TrimRight(path, "/")))
}

// readlinkBeneath writes what the link at path says to b, cut to it, and tells
// how much that is.
func readlinkBeneath(dir base, path string, b []byte) (int, error) {
	if len(b) == 0 {
		return 0, EINVAL
	}
	target, err := dir.file.root.Readlink(path)
	return copy(b, target), beneath(err)
}

// depthBeneath is how many directories the one at path is below dir, by its text.
func depthBeneath(_ base, text string) (int, error) {
	depth := 0
	for part := range strings.SplitSeq(path.Clean(text), "/") {
		if part != "" && part != "." {
			depth++
		}
	}
	return depth, nil
}

func setTimesBeneath(dir base, path string, follow bool, t fileTimes) error {
	s, err := statBeneath(dir, path, follow)
	if err != nil {
		return err
	}
	a, m := t.times(s)
	return beneath(dir.file.root.Chtimes(path, a, m))
}

func statBeneath(dir base, path string, follow bool) (filestat, error) {
	stat := dir.file.root.Lstat
	if follow || strings.HasSuffix(path, "/") {
		stat = dir.file.root.Stat
	}
	i, err := stat(strings.TrimRight(path, "/"))
	if err != nil {
		return filestat{}, beneath(err)
	}
	if strings.HasSuffix(path, "/") && !i.IsDir() {
		return filestat{}, ENOTDIR
	}
	return filestatOf(i), nil
}

// openBeneath opens a file or directory beneath d.
func (h *Host) openBeneath(d *descriptor, path string, how opening) (handle, error) {
	dir := d.from()
	if how.create&oflagCreat != 0 && how.create&oflagDirectory != 0 {
		return handle{}, EINVAL
	}
	s, err := statBeneath(dir, path, how.follow)
	switch {
	case err == nil && s.kind == filetypeSymbolicLink:
		return handle{}, ELOOP
	case err == nil && s.kind == filetypeDirectory:
		return openDirectory(dir, path, how)
	case err == nil && how.create&oflagDirectory != 0:
		return handle{}, ENOTDIR
	case err != nil && how.create&oflagCreat == 0:
		return handle{}, err
	}
	f, err := dir.file.root.OpenFile(path, how.sys(), 0o644)
	return handle{file: f}, beneath(err)
}

func openDirectory(dir base, path string, how opening) (handle, error) {
	if how.create&oflagExcl != 0 && how.create&oflagCreat != 0 {
		return handle{}, EEXIST
	}
	if how.write || how.create&oflagCreat != 0 {
		return handle{}, EISDIR
	}
	r, err := dir.file.root.OpenRoot(strings.TrimRight(path, "/"))
	return handle{root: r}, beneath(err)
}

// sys are package os's flags for opening.
func (how opening) sys() int {
	sys := os.O_RDONLY
	switch {
	case how.read && how.write:
		sys = os.O_RDWR
	case how.write:
		sys = os.O_WRONLY
	}
	for _, x := range [...]struct {
		set bool
		sys int
	}{
		{how.create&oflagCreat != 0, os.O_CREATE},
		{how.create&oflagExcl != 0, os.O_EXCL},
		{how.create&oflagTrunc != 0 && how.write, os.O_TRUNC},
		{how.flags&fdflagAppend != 0, os.O_APPEND},
		{how.flags&(fdflagSync|fdflagDsync|fdflagRsync) != 0, os.O_SYNC},
	} {
		if x.set {
			sys |= x.sys
		}
	}
	return sys
}
