package wasi

import (
	"bytes"
	"cmp"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/hostfs"
)

// path is the text of a path that the guest gives. A NUL in it is refused before
// the descriptor is looked at.
func (h *Host) path(b []byte) (string, Errno) {
	for rest := b; len(rest) > 0; {
		if h.guest.Interrupted() {
			return "", EINTR
		}
		piece := rest[:min(len(rest), abi.Piece)]
		if bytes.IndexByte(piece, 0) >= 0 {
			return "", EINVAL
		}
		rest = rest[len(piece):]
	}
	return cutPath(b), Success
}

// pathAt is path for the n bytes at p.
func (h *Host) pathAt(m memory, p ptr, n size) (string, Errno) {
	b, ok := m.Input(p, n)
	if !ok {
		return "", EFAULT
	}
	return h.path(b)
}

// checkStart refuses what is wrong with a path that starts from d before any
// part of it is looked up.
func checkStart(d *descriptor, path string) Errno {
	switch {
	case path == "":
		return ENOENT
	case path[0] == '/':
		return EPERM
	case d.dir == nil:
		return ENOTDIR
	case len(path) >= hostfs.MaxPath:
		return ENAMETOOLONG
	default:
		return Success
	}
}

// withPath runs f on the directory that path starts from.
func (h *Host) withPath(fd fdnum, need Rights, path string, f func(dir hostfs.Directory) error) Errno {
	d, errno := h.open(fd, need)
	if errno != Success {
		return errno
	}
	defer d.Release()
	if errno := checkStart(d, path); errno != Success {
		return errno
	}
	return h.sought.outcome(errnoOf(f(d.dir)))
}

// pathCreateDirectory makes a directory.
//
//   - fd: a directory with PATH_CREATE_DIRECTORY
//   - path, n: a path of n bytes beneath fd
//
// Errors: EXIST for whatever is there; NOENT for what it is to be in; ROFS, NOSPC.
//
// Memory: nothing.
func (h *Host) pathCreateDirectory(m memory, fd fdnum, path ptr, n size) Errno {
	return h.onPath(m, fd, RightPathCreateDirectory, path, n, hostfs.Directory.Mkdir)
}

// pathRemoveDirectory removes an empty directory.
//
//   - fd: a directory with PATH_REMOVE_DIRECTORY
//   - path, n: a path of n bytes beneath fd
//
// Errors: NOTEMPTY; NOTDIR; NOENT; INVAL for a path that ends with ".".
//
// Memory: nothing.
func (h *Host) pathRemoveDirectory(m memory, fd fdnum, path ptr, n size) Errno {
	return h.onPath(m, fd, RightPathRemoveDirectory, path, n, hostfs.Directory.Rmdir)
}

// pathUnlinkFile removes what is not a directory.
//
//   - fd: a directory with PATH_UNLINK_FILE
//   - path, n: a path of n bytes beneath fd
//
// Errors: ISDIR or PERM for a directory, as the system has it; NOENT.
//
// Memory: nothing.
func (h *Host) pathUnlinkFile(m memory, fd fdnum, path ptr, n size) Errno {
	return h.onPath(m, fd, RightPathUnlinkFile, path, n, hostfs.Directory.Unlink)
}

// onPath is what the three functions above have in common.
func (h *Host) onPath(m memory, fd fdnum, need Rights, path ptr, n size, f func(hostfs.Directory, string) error) Errno {
	name, errno := h.pathAt(m, path, n)
	if errno != Success {
		return errno
	}
	return h.withPath(fd, need, name, func(dir hostfs.Directory) error { return f(dir, name) })
}

// pathReadlink tells what a symbolic link says, cut to the buffer. As in the
// system, a buffer of no bytes is refused.
//
//   - fd: a directory with PATH_READLINK
//   - path, n: a path of n bytes beneath fd
//   - buf, bufLen: the buffer
//   - result: place for how much of it is used, u32
//
// Errors: INVAL for what is no link and for a buffer of no bytes; NOENT.
//
// Memory: what the link says, without a NUL, and how many bytes that is.
func (h *Host) pathReadlink(m memory, fd fdnum, path ptr, n size, buf ptr, bufLen size, result ptr32) Errno {
	text, ok := m.Input(path, n)
	if !ok {
		return EFAULT
	}
	b, ok := m.Bytes(buf, bufLen)
	if !ok {
		return EFAULT
	}
	out, ok := m.U32(result)
	if !ok {
		return EFAULT
	}
	name, errno := h.path(text)
	if errno != Success {
		return errno
	}
	return h.withPath(fd, RightPathReadlink, name, func(dir hostfs.Directory) error {
		used, err := dir.Readlink(name, b)
		if err == nil {
			abi.Put32(out, uint32(used))
		}
		return err
	})
}

// pathSymlink makes a symbolic link. One that says an absolute path is refused,
// as it could lead nowhere, and so is one that leads above the directory that the
// path starts from.
//
//   - target, targetLen: what the link says
//   - fd: a directory with PATH_SYMLINK
//   - path, n: a path of n bytes beneath fd
//
// Errors: NOENT if either text is empty, before fd is looked at; PERM for what leads
// outside; EXIST.
//
// Memory: nothing.
func (h *Host) pathSymlink(m memory, target ptr, targetLen size, fd fdnum, path ptr, n size) Errno {
	says, name, errno := h.twoPaths(m, target, targetLen, path, n, true)
	if errno != Success {
		return errno
	}
	if says[0] == '/' {
		return EPERM
	}
	return h.withPath(fd, RightPathSymlink, name, func(dir hostfs.Directory) error {
		return dir.Symlink(says, name)
	})
}

// pathLink makes a hard link.
//
//   - oldFd: a directory with PATH_LINK_SOURCE
//   - flags: 1 follows a symbolic link at the end of the old path
//   - oldPath, oldLen: a path beneath oldFd
//   - newFd: a directory with PATH_LINK_TARGET
//   - newPath, newLen: a path beneath newFd
//
// Errors: INVAL for other flags; NOENT; EXIST; PERM for a directory; XDEV; NOTCAPABLE
// between mappings of different modes.
//
// Memory: nothing.
func (h *Host) pathLink(m memory, oldFd fdnum, flags lookupflags, oldPath ptr, oldLen size, newFd fdnum, newPath ptr, newLen size) Errno {
	if flags&^lookupSymlinkFollow != 0 {
		return EINVAL
	}
	return h.onPaths(m, oldFd, RightPathLinkSource, oldPath, oldLen, newFd, RightPathLinkTarget, newPath, newLen,
		func(from hostfs.Directory, old string, to hostfs.Directory, name string) error {
			return from.Link(old, flags&lookupSymlinkFollow != 0, to, name)
		})
}

// pathRename renames a file or directory, also from one directory mapping to
// another.
//
//   - oldFd: a directory with PATH_RENAME_SOURCE
//   - oldPath, oldLen: a path beneath oldFd
//   - newFd: a directory with PATH_RENAME_TARGET
//   - newPath, newLen: a path beneath newFd; a file there is replaced
//
// Errors: NOENT; ISDIR and NOTDIR where one is a directory and the other is not; NOTEMPTY;
// INVAL for a directory into itself; XDEV; NOTCAPABLE between mappings of different modes.
//
// Memory: nothing.
func (h *Host) pathRename(m memory, oldFd fdnum, oldPath ptr, oldLen size, newFd fdnum, newPath ptr, newLen size) Errno {
	return h.onPaths(m, oldFd, RightPathRenameSource, oldPath, oldLen, newFd, RightPathRenameTarget, newPath, newLen, hostfs.Directory.Rename)
}

// onPaths is what functions of two paths have in common. Both descriptors are
// looked at before the rights of either, and those before either path. Files do
// not pass between mappings of different modes, as that would give what a mode
// takes.
func (h *Host) onPaths(m memory, oldFd fdnum, oldNeed Rights, oldPath ptr, oldLen size, newFd fdnum, newNeed Rights, newPath ptr, newLen size,
	f func(from hostfs.Directory, old string, to hostfs.Directory, name string) error) Errno {
	old, name, errno := h.twoPaths(m, oldPath, oldLen, newPath, newLen, false)
	if errno != Success {
		return errno
	}
	from, errno := h.table.get(oldFd)
	if errno != Success {
		return errno
	}
	defer from.Release()
	to, errno := h.table.get(newFd)
	if errno != Success {
		return errno
	}
	defer to.Release()
	for _, errno := range [...]Errno{from.check(oldNeed), to.check(newNeed), checkStart(from, old)} {
		if errno != Success {
			return errno
		}
	}
	if errno := checkStart(to, name); errno != Success {
		return errnoOf(cmp.Or(from.dir.Lookup(old), error(errno))) // the old path is looked up first
	}
	if from.mode != to.mode {
		return ENOTCAPABLE
	}
	return h.sought.outcome(errnoOf(f(from.dir, old, to.dir, name)))
}

// twoPaths is the texts of two paths. Neither may be empty if both are needed
// whatever descriptor they start from.
func (h *Host) twoPaths(m memory, p ptr, pLen size, q ptr, qLen size, needed bool) (first, second string, errno Errno) {
	a, ok := m.Input(p, pLen)
	if !ok {
		return "", "", EFAULT
	}
	b, ok := m.Input(q, qLen)
	if !ok {
		return "", "", EFAULT
	}
	if needed && (len(a) == 0 || len(b) == 0) {
		return "", "", ENOENT
	}
	if first, errno = h.path(a); errno != Success {
		return "", "", errno
	}
	second, errno = h.path(b)
	return first, second, errno
}

// cutPath is b as a text. What is longer than any path may be is cut, so that it
// is refused as too long and not copied.
func cutPath(b []byte) string { return string(b[:min(len(b), hostfs.MaxPath)]) }
