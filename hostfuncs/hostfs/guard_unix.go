//go:build unix

package hostfs

import (
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// Guard refuses directories to guests, whatever is mapped and by whichever name: it
// compares what has been opened, by device and inode, never paths.
type Guard struct {
	closed map[fileID]bool // directories, of which nothing is seen, and files
	way    map[fileID]bool // directories and symbolic links on the way to them, which stay where they are
	proc   bool            // the file system of processes is below the mapping
}

// fileID tells a file of the system from others, whatever its name.
type fileID struct{ dev, ino uint64 }

func fileOf(s *unix.Stat_t) fileID { return fileID{uint64(s.Dev), s.Ino} }

// NewGuard refuses what is in the directories, as far as they are there, and the files.
func NewGuard(directories, files []string) *Guard {
	g := &Guard{closed: map[fileID]bool{}, way: map[fileID]bool{}}
	for _, dir := range directories {
		abs, err := filepath.Abs(dir)
		if err != nil {
			continue
		}
		g.keep(abs)
		if real, err := filepath.EvalSymlinks(abs); err == nil && real != abs {
			g.keep(real)
		}
		var s unix.Stat_t
		if unix.Stat(abs, &s) == nil {
			g.closed[fileOf(&s)] = true
		}
	}
	for _, file := range files {
		g.closeFile(file)
	}
	return g
}

// keep notes path and all that it leads through.
func (g *Guard) keep(path string) {
	for ; ; path = filepath.Dir(path) {
		var s unix.Stat_t
		if unix.Lstat(path, &s) == nil {
			g.way[fileOf(&s)] = true
		}
		if path == filepath.Dir(path) {
			return
		}
	}
}

// closeFile refuses the file path too, by whichever name.
func (g *Guard) closeFile(path string) {
	var s unix.Stat_t
	if unix.Lstat(path, &s) == nil {
		g.closed[fileOf(&s)] = true
	}
}

// over is g if there is anything to refuse below dir, a directory that a guest is to
// get, else nil; the error says that dir itself is refused.
func (g *Guard) over(dir handle) (*Guard, error) {
	if g == nil {
		return nil, nil
	}
	if g.inside(int(dir)) {
		return nil, syscall.EACCES
	}
	mounts, proc := mountsBeneath(int(dir))
	var s unix.Stat_t
	if err := unix.Fstat(int(dir), &s); err != nil {
		return nil, err
	}
	if !g.way[fileOf(&s)] && !mounts && !proc {
		return nil, nil
	}
	own := *g
	own.proc = proc
	return &own, nil
}

// inside reports whether the directory is one of those that are refused, or in one.
func (g *Guard) inside(dir int) bool {
	at, owned := dir, false
	defer func() {
		if owned {
			unix.Close(at)
		}
	}()
	for last := (fileID{}); ; {
		var s unix.Stat_t
		if unix.Fstat(at, &s) != nil || fileOf(&s) == last {
			return false
		}
		if last = fileOf(&s); g.closed[last] {
			return true
		}
		up, err := unix.Openat(at, "..", pathOnly|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err != nil {
			return false
		}
		if owned {
			unix.Close(at)
		}
		at, owned = up, true
	}
}

// admits reports why a guest must not act on p.
func (g *Guard) admits(p place) error {
	if g == nil {
		return nil
	}
	// A directory that is not owned is the guest's already, and was looked at then.
	if p.owned && g.inside(p.dir) || g.is(p, g.closed) {
		return syscall.EACCES
	}
	return nil
}

// moves reports why a guest must not rename, remove or replace p.
func (g *Guard) moves(p place) error {
	if g != nil && g.is(p, g.way) {
		return syscall.EACCES
	}
	return nil
}

// is reports whether p is in set.
func (g *Guard) is(p place, set map[fileID]bool) bool {
	var s unix.Stat_t
	name := filepath.Clean(p.name)
	return unix.Fstatat(p.dir, name, &s, unix.AT_SYMLINK_NOFOLLOW) == nil && set[fileOf(&s)]
}

// opened reports why a guest must not have f, which was opened with flags. Of the files
// of processes it gets to read what everybody may: not memory, its own included.
func (g *Guard) opened(f handle, flags int) error {
	if g == nil {
		return nil
	}
	var s unix.Stat_t
	if err := unix.Fstat(int(f), &s); err != nil {
		return err
	}
	if g.closed[fileOf(&s)] {
		return syscall.EACCES
	}
	if !g.proc || s.Mode&unix.S_IFMT != unix.S_IFREG || !ofProcesses(int(f)) {
		return nil
	}
	if flags&unix.O_ACCMODE != unix.O_RDONLY || s.Mode&0o004 == 0 {
		return syscall.EACCES
	}
	return nil
}
