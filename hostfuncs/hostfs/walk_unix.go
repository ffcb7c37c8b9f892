//go:build unix

package hostfs

import (
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// walkDirectory opens the directory at path beneath dir component by component:
// the way of systems that cannot be asked to stay beneath a directory. It holds
// all directories on the way, so that ".." leads back to the one it came from
// wherever that has been moved to, and never to one above dir.
func walkDirectory(dir int, path string) (int, error) {
	if err := checkStart(path); err != nil {
		return 0, err
	}
	w := walk{root: dir}
	fd, err := w.run(path)
	w.close()
	return fd, err
}

// walk is the state of walkDirectory.
type walk struct {
	root  int
	stack []int // open directories beneath root, outermost first
	links int   // symbolic links followed so far
}

func (w *walk) close() {
	for _, fd := range w.stack {
		unix.Close(fd)
	}
}

// current is the directory reached so far.
func (w *walk) current() int {
	if n := len(w.stack); n > 0 {
		return w.stack[n-1]
	}
	return w.root
}

// run walks path and returns a descriptor of its own for where it leads.
func (w *walk) run(path string) (int, error) {
	if err := w.to(path); err != nil {
		return 0, err
	}
	if n := len(w.stack); n > 0 {
		fd := w.stack[n-1]
		w.stack = w.stack[:n-1]
		return fd, nil
	}
	return openDirectoryAt(w.root, ".")
}

// to walks path.
func (w *walk) to(path string) error {
	for rest := path; rest != ""; {
		name, tail, _ := strings.Cut(rest, "/")
		rest = strings.TrimLeft(tail, "/")
		switch name {
		case ".":
			continue
		case "..":
			if len(w.stack) == 0 {
				return syscall.EPERM
			}
			unix.Close(w.stack[len(w.stack)-1])
			w.stack = w.stack[:len(w.stack)-1]
			continue
		}
		target, err := w.enter(name)
		if err != nil {
			return err
		}
		if target == "" {
			continue
		}
		if rest, err = w.follow(target, rest); err != nil {
			return err
		}
	}
	return nil
}

// enter goes into the directory name. If that is a symbolic link, it stays and
// returns what the link says.
func (w *walk) enter(name string) (target string, err error) {
	fd, err := openDirectoryAt(w.current(), name)
	if err == nil {
		w.stack = append(w.stack, fd)
		return "", nil
	}
	if err != unix.ENOTDIR && err != unix.ELOOP && err != unix.EMLINK {
		return "", err
	}
	target, linkErr := readlinkAt(w.current(), name)
	if linkErr != nil {
		return "", unix.ENOTDIR
	}
	return target, nil
}

// follow is the path that is left to walk after a link that says target.
func (w *walk) follow(target, rest string) (string, error) {
	if w.links++; w.links > maxLinks {
		return "", syscall.ELOOP
	}
	if rest != "" {
		rest = "/" + rest
	}
	path, err := join("", target)
	if err == nil && len(path)+len(rest) >= 2*MaxPath {
		err = syscall.ENAMETOOLONG
	}
	return path + rest, err
}

// openDirectoryAt opens the directory name in dir if it is no symbolic link.
func openDirectoryAt(dir int, name string) (fd int, err error) {
	err = again(func() (err error) {
		fd, err = unix.Openat(dir, name, pathOnly|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		return err
	})
	return fd, err
}

// walkFile opens the file at path beneath dir for systems that cannot be asked
// to stay beneath a directory.
func (d *directory) walkFile(path string, flags int, follow bool) (handle, error) {
	create := flags&unix.O_CREAT != 0
	if create && flags&unix.O_EXCL != 0 {
		follow = false // a link at the end is there already, whatever it says
	}
	find := func() (place, error) {
		if follow || strings.HasSuffix(path, "/") {
			return d.locateTarget(path, create)
		}
		return d.locate(path)
	}
	// A link that comes or goes while its path is being resolved shows as ELOOP.
	for range maxLinks {
		p, err := find()
		if err != nil {
			return 0, err
		}
		var fd int
		err = again(func() (err error) {
			fd, err = unix.Openat(p.dir, p.name, flags|unix.O_NOFOLLOW, 0o644)
			return err
		})
		p.close()
		if err == nil {
			if err := d.Guard.opened(handle(fd), flags); err != nil {
				unix.Close(fd)
				if flags&unix.O_ACCMODE != unix.O_RDWR || flags&(unix.O_CREAT|unix.O_TRUNC) != 0 {
					return 0, err
				}
				// Go's programs ask for more than they need to read a file.
				return d.walkFile(path, flags&^unix.O_ACCMODE|unix.O_RDONLY, follow)
			}
		}
		if err != unix.ELOOP || !follow {
			return handle(fd), err
		}
	}
	return 0, syscall.ELOOP
}
