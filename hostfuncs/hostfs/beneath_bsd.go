//go:build darwin || freebsd || netbsd || openbsd

package hostfs

import (
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// pathOnly opens a directory as a place to resolve names from.
const pathOnly = 0

// openDirectory opens the directory at path as a place to resolve names from.
func (d *directory) openDirectory(path string) (int, error) {
	return walkDirectory(int(d.handle), path)
}

// openFile opens the file at path.
func (d *directory) openFile(path string, flags int, follow bool) (handle, error) {
	if flags&(unix.O_CREAT|unix.O_DIRECTORY) == unix.O_CREAT|unix.O_DIRECTORY {
		return 0, syscall.EINVAL
	}
	return d.walkFile(path, flags, follow)
}

// plain is the name to give to the system, without slashes at its end, as they
// would make it follow a symbolic link. What they ask for is checked here: that
// there is a directory, or for a name that may be new, nothing but a directory.
func (p place) plain(exists bool) (string, error) {
	if !p.slashed() {
		return p.name, nil
	}
	var s unix.Stat_t
	err := unix.Fstatat(p.dir, p.bare(), &s, unix.AT_SYMLINK_NOFOLLOW)
	switch {
	case err == unix.ENOENT && !exists:
	case err != nil:
		return "", err
	case s.Mode&unix.S_IFMT != unix.S_IFDIR:
		return "", syscall.ENOTDIR
	}
	return p.bare(), nil
}

// bare is the name without slashes at its end.
func (p place) bare() string { return strings.TrimRight(p.name, "/") }

// slashed reports whether slashes at the end of the path ask for a directory.
func (p place) slashed() bool { return strings.HasSuffix(p.name, "/") }
