package hostfs

import (
	"strings"
	"syscall"
)

// MaxPath is the length from which on a path is too long, Linux's PATH_MAX with
// its final NUL.
const MaxPath = 4096

// maxLinks is how many symbolic links one path may go through, as on Linux.
const maxLinks = 40

// splitPath cuts path before its last component.
func splitPath(path string) (dir, name string) {
	i := strings.LastIndexByte(strings.TrimRight(path, "/"), '/')
	return path[:i+1], path[i+1:]
}

// checkStart is what is wrong with a path before any part of it is looked up.
func checkStart(path string) error {
	switch {
	case path == "":
		return syscall.ENOENT
	case path[0] == '/':
		return syscall.EPERM
	case len(path) >= MaxPath:
		return syscall.ENAMETOOLONG
	}
	return nil
}

// staysBeneath is why there may not be a symbolic link in place of path that says
// target: what that says is too long or absolute, or leads above the directory by its
// "..". depth is how many directories a directory is below that.
func staysBeneath(path, target string, depth func(dir string) (int, error)) error {
	switch {
	case len(target) >= MaxPath:
		return syscall.ENAMETOOLONG
	case strings.HasPrefix(target, "/"):
		return syscall.EPERM
	case !strings.Contains(target, ".."):
		return nil
	}
	prefix, _ := splitPath(path)
	below, err := depth(prefix)
	if err != nil {
		return err
	}
	for part := range strings.SplitSeq(target, "/") {
		switch part {
		case "", ".":
		case "..":
			if below--; below < 0 {
				return syscall.EPERM
			}
		default:
			below++
		}
	}
	return nil
}
