//go:build unix

package hostfs

import (
	"cmp"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// The functions of this file act on a path beneath a directory and never on
// anything outside it. All but opening work in two steps: the directory that the
// last component is in is opened beneath the first, and the system is then asked
// to act on the last component in it without following a symbolic link. A link
// that takes the place of a component between the steps therefore changes
// nothing but which file beneath the directory is meant.

// openHostDirectory opens a directory of the host by its path.
func openHostDirectory(path string) (handle, error) {
	const flags = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_CLOEXEC
	var fd int
	err := again(func() (err error) {
		fd, err = unix.Open(path, flags, 0)
		return err
	})
	return handle(fd), err
}

// place is a name in an open directory.
type place struct {
	dir   int
	owned bool   // dir is to be closed
	name  string // one component, "." included; slashes at its end are kept
}

func (p place) close() {
	if p.owned {
		unix.Close(p.dir)
	}
}

// locate opens the directory that path's last component is in.
func (d *directory) locate(path string) (place, error) {
	p, err := d.locateAny(path)
	if err != nil {
		return p, err
	}
	if err := d.Guard.admits(p); err != nil {
		p.close()
		return place{}, err
	}
	return p, nil
}

// locateAny is locate for what may be refused.
func (d *directory) locateAny(path string) (place, error) {
	if err := checkStart(path); err != nil {
		return place{}, err
	}
	prefix, name := splitPath(path)
	if strings.TrimRight(name, "/") == ".." {
		// The directory it leads to may be outside and has to be looked at itself.
		prefix, name = path, "."
	}
	if prefix == "" {
		return place{dir: int(d.handle), name: name}, nil
	}
	fd, err := d.openDirectory(prefix)
	if err != nil {
		return place{}, err
	}
	return place{dir: fd, owned: true, name: name}, nil
}

// locateTarget is locate for what path means when symbolic links at its end are
// followed. A path that ends with a slash must lead to a directory, which is
// then opened itself and is named "."; no file can be created there.
func (d *directory) locateTarget(path string, create bool) (place, error) {
	for range maxLinks {
		if strings.HasSuffix(path, "/") {
			if create {
				p, err := d.locate(path)
				p.close()
				return place{}, cmp.Or(err, error(syscall.EISDIR))
			}
			fd, err := d.openDirectory(path)
			p := place{dir: fd, owned: err == nil, name: "."}
			if err == nil {
				if err = d.Guard.admits(p); err != nil {
					p.close()
				}
			}
			return p, err
		}
		p, err := d.locate(path)
		if err != nil {
			return place{}, err
		}
		target, err := readlinkAt(p.dir, p.name)
		if err != nil {
			return p, nil // no link, or nothing there: the caller finds out
		}
		p.close()
		prefix, _ := splitPath(path)
		if path, err = join(prefix, target); err != nil {
			return place{}, err
		}
	}
	return place{}, syscall.ELOOP
}

// join is the path that a link, whose own path is prefix and a name, leads to
// when it says target.
func join(prefix, target string) (string, error) {
	switch {
	case target == "":
		return "", syscall.ENOENT
	case target[0] == '/':
		return "", syscall.EPERM
	case len(prefix)+len(target) >= MaxPath:
		return "", syscall.ENAMETOOLONG
	}
	return prefix + target, nil
}

// readlinkAt is what the symbolic link name in directory dir says.
func readlinkAt(dir int, name string) (string, error) {
	var buf [MaxPath]byte
	n, err := unix.Readlinkat(dir, name, buf[:])
	if err != nil {
		return "", err
	}
	return string(buf[:n]), nil
}

// onPlace runs f on the directory and last component of path.
func (d *directory) onPlace(path string, f func(p place) error) error {
	p, err := d.locate(path)
	if err != nil {
		return err
	}
	defer p.close()
	return f(p)
}

// onEither runs f on what path means, following a symbolic link at its end or not.
func (d *directory) onEither(path string, follow bool, f func(dir int, name string) error) error {
	p, err := place{}, error(nil)
	if follow || strings.HasSuffix(path, "/") {
		p, err = d.locateTarget(path, false)
	} else {
		p, err = d.locate(path)
	}
	if err != nil {
		return err
	}
	defer p.close()
	return f(p.dir, p.name)
}

func (d *directory) Mkdir(path string) error {
	return d.onPlace(path, func(p place) error {
		name, err := p.plain(false)
		if err != nil {
			return err
		}
		return unix.Mkdirat(p.dir, name, 0o755)
	})
}

func (d *directory) Rmdir(path string) error { return d.remove(path, unix.AT_REMOVEDIR) }

func (d *directory) Unlink(path string) error { return d.remove(path, 0) }

// remove unlinks path as flags of unlinkat say.
func (d *directory) remove(path string, flags int) error {
	return d.onPlace(path, func(p place) error {
		name, err := p.plain(true)
		if err != nil {
			return err
		}
		if err := d.Guard.moves(p); err != nil {
			return err
		}
		return unix.Unlinkat(p.dir, name, flags)
	})
}

func (d *directory) symlink(target, path string) error {
	return d.onPlace(path, func(p place) error {
		name, err := p.plain(true)
		if err != nil {
			return err
		}
		return unix.Symlinkat(target, p.dir, name)
	})
}

func (d *directory) rename(old string, to *directory, path string) error {
	return d.onPlace(old, func(p place) error {
		return to.onPlace(path, func(q place) error {
			oldName, err := p.plain(true)
			if err != nil {
				return err
			}
			name, err := q.plain(false)
			if err != nil {
				return err
			}
			if err := cmp.Or(d.Guard.moves(p), to.Guard.moves(q)); err != nil {
				return err
			}
			return unix.Renameat(p.dir, oldName, q.dir, name)
		})
	})
}

func (d *directory) link(old string, follow bool, to *directory, path string) error {
	return d.onEither(old, follow, func(dir int, oldName string) error {
		// The system tells of a source that is not there before it looks at the rest.
		if err := unix.Fstatat(dir, oldName, new(unix.Stat_t), unix.AT_SYMLINK_NOFOLLOW); err != nil {
			return err
		}
		return to.onPlace(path, func(q place) error {
			name, err := q.plain(true)
			if err != nil {
				return err
			}
			return unix.Linkat(dir, oldName, q.dir, name, 0)
		})
	})
}

// Readlink writes what the link at path says to b, cut to it, and tells
// how much that is.
func (d *directory) Readlink(path string, b []byte) (int, error) {
	used := 0
	err := d.onEither(path, false, func(dir int, name string) error {
		if len(b) == 0 {
			return syscall.EINVAL
		}
		target, err := readlinkAt(dir, name)
		used = copy(b, target)
		return err
	})
	return used, err
}

// depth is how many directories the one at path is below dir.
func (d *directory) depth(path string) (int, error) {
	w := walk{root: int(d.handle)}
	defer w.close()
	err := w.to(path)
	return len(w.stack), err
}

func (d *directory) SetTimesAt(path string, follow bool, t Times) error {
	return d.onEither(path, follow, func(dir int, name string) error {
		return setTimesAt(dir, name, t)
	})
}

func (d *directory) StatAt(path string, follow bool) (Stat, error) {
	var s unix.Stat_t
	err := d.onEither(path, follow, func(dir int, name string) error {
		return again(func() error { return unix.Fstatat(dir, name, &s, unix.AT_SYMLINK_NOFOLLOW) })
	})
	if err != nil {
		return Stat{}, err
	}
	return statOf(&s), nil
}
