package wasi

import "strings"

// maxPath is the length from which on a path is too long, Linux's PATH_MAX with
// its final NUL.
const maxPath = 4096

// maxLinks is how many symbolic links one path may go through, as on Linux.
const maxLinks = 40

// checkPath refuses what is wrong with a path whatever directory it starts from.
func checkPath(path string) Errno {
	switch {
	case strings.IndexByte(path, 0) >= 0:
		return EINVAL
	case path == "":
		return ENOENT
	case path[0] == '/':
		return EPERM
	case len(path) >= maxPath:
		return ENAMETOOLONG
	default:
		return Success
	}
}

// directory is the descriptor fd for use as the start of a path, if it has the
// rights in need. The caller releases it.
func (h *Host) directory(fd fdnum, need Rights, path string) (*descriptor, Errno) {
	d, errno := h.open(fd, need)
	if errno != Success {
		return nil, errno
	}
	errno = checkPath(path)
	if errno == Success && d.kind != filetypeDirectory {
		errno = ENOTDIR
	}
	if errno != Success {
		d.release()
		return nil, errno
	}
	return d, Success
}

// withPath runs f on the directory that path starts from.
func (h *Host) withPath(fd fdnum, need Rights, path string, f func(dir handle) error) Errno {
	d, errno := h.directory(fd, need, path)
	if errno != Success {
		return errno
	}
	defer d.release()
	return errnoOf(f(d.file))
}

// pathCreateDirectory makes a directory.
func (h *Host) pathCreateDirectory(m memory, fd fdnum, path ptr, n size) Errno {
	return h.onPath(m, fd, RightPathCreateDirectory, path, n, mkdirBeneath)
}

// pathRemoveDirectory removes an empty directory.
func (h *Host) pathRemoveDirectory(m memory, fd fdnum, path ptr, n size) Errno {
	return h.onPath(m, fd, RightPathRemoveDirectory, path, n, rmdirBeneath)
}

// pathUnlinkFile removes what is not a directory.
func (h *Host) pathUnlinkFile(m memory, fd fdnum, path ptr, n size) Errno {
	return h.onPath(m, fd, RightPathUnlinkFile, path, n, unlinkBeneath)
}

// onPath is what the three functions above have in common.
func (h *Host) onPath(m memory, fd fdnum, need Rights, path ptr, n size, f func(handle, string) error) Errno {
	name, errno := m.str(path, n)
	if errno != Success {
		return errno
	}
	return h.withPath(fd, need, name, func(dir handle) error { return f(dir, name) })
}

// pathReadlink tells what a symbolic link says, cut to the buffer.
func (h *Host) pathReadlink(m memory, fd fdnum, path ptr, n size, buf ptr, bufLen size, result ptr) Errno {
	name, errno := m.str(path, n)
	if errno != Success {
		return errno
	}
	b, errno := m.bytes(buf, bufLen)
	if errno != Success {
		return errno
	}
	out, errno := m.u32(result)
	if errno != Success {
		return errno
	}
	return h.withPath(fd, RightPathReadlink, name, func(dir handle) error {
		target, err := readlinkBeneath(dir, name)
		if err != nil {
			return err
		}
		put32(out, uint32(copy(b, target)))
		return nil
	})
}

// pathSymlink makes a symbolic link. One that says an absolute path is refused,
// as it could lead nowhere.
func (h *Host) pathSymlink(m memory, target ptr, targetLen size, fd fdnum, path ptr, n size) Errno {
	says, errno := m.str(target, targetLen)
	if errno != Success {
		return errno
	}
	name, errno := m.str(path, n)
	if errno != Success {
		return errno
	}
	return h.withPath(fd, RightPathSymlink, name, func(dir handle) error {
		if errno := checkPath(says); errno != Success {
			return errno
		}
		return symlinkBeneath(dir, says, name)
	})
}

// pathLink makes a hard link.
func (h *Host) pathLink(m memory, oldFd fdnum, flags lookupflags, oldPath ptr, oldLen size, newFd fdnum, newPath ptr, newLen size) Errno {
	if flags&^lookupSymlinkFollow != 0 {
		return EINVAL
	}
	return h.onPaths(m, oldFd, RightPathLinkSource, oldPath, oldLen, newFd, RightPathLinkTarget, newPath, newLen,
		func(from handle, old string, to handle, name string) error {
			return linkBeneath(from, old, flags&lookupSymlinkFollow != 0, to, name)
		})
}

// pathRename renames a file or directory, also from one directory mapping to
// another.
func (h *Host) pathRename(m memory, oldFd fdnum, oldPath ptr, oldLen size, newFd fdnum, newPath ptr, newLen size) Errno {
	return h.onPaths(m, oldFd, RightPathRenameSource, oldPath, oldLen, newFd, RightPathRenameTarget, newPath, newLen, renameBeneath)
}

// onPaths is what functions of two paths have in common. Files do not pass
// between mappings of different modes, as that would give what a mode takes.
func (h *Host) onPaths(m memory, oldFd fdnum, oldNeed Rights, oldPath ptr, oldLen size, newFd fdnum, newNeed Rights, newPath ptr, newLen size,
	f func(from handle, old string, to handle, name string) error) Errno {
	old, errno := m.str(oldPath, oldLen)
	if errno != Success {
		return errno
	}
	name, errno := m.str(newPath, newLen)
	if errno != Success {
		return errno
	}
	from, errno := h.directory(oldFd, oldNeed, old)
	if errno != Success {
		return errno
	}
	defer from.release()
	to, errno := h.directory(newFd, newNeed, name)
	if errno != Success {
		return errno
	}
	defer to.release()
	if from.mode != to.mode {
		return ENOTCAPABLE
	}
	return errnoOf(f(from.file, old, to.file, name))
}
