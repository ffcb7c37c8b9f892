// Package rootfs looks at the files of a container from outside, before it runs: what
// a path of the container leads to, by the container's own links, and never out of it.
package rootfs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Mount is a file or directory of the host that the container sees.
type Mount struct {
	Destination string // where the container sees it, absolute and clean
	Source      string // on the host; empty for what has no files yet, such as a tmpfs
}

// Files are the files of a container.
type Files struct {
	Root   string  // the directory of the host that is the container's root
	Mounts []Mount // in the order in which they are mounted
}

// ErrUnseen is the error for a path that leads to where there is nothing to be seen before
// the container runs.
var ErrUnseen = errors.New("not to be seen before the container runs")

// Find is the path of the program name in the container, as execvp finds it: a name without
// a slash is looked for in the directories of searched, a list with colons, then in cwd. The
// error is fs.ErrNotExist where there is none.
func (f Files) Find(name, searched, cwd string) (string, error) {
	switch {
	case name == "":
		return "", fs.ErrNotExist
	case path.IsAbs(name):
		return path.Clean(name), nil
	case strings.Contains(name, "/"):
		return path.Join("/", cwd, name), nil
	}
	for dir := range strings.SplitSeq(searched+":"+path.Join("/", cwd), ":") {
		if !path.IsAbs(dir) {
			continue
		}
		at := path.Join(dir, name)
		file, err := f.Open(at)
		if err == nil {
			file.Close()
			return at, nil
		}
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, unix.ENOTDIR) {
			return "", err
		}
	}
	return "", fs.ErrNotExist
}

// Open opens the regular file at the absolute path name of the container for reading. Links
// are followed within the directory that they are in, which is the container's root or
// the source of a mount; one that leads out of it leads to what has that name within.
func (f Files) Open(name string) (*os.File, error) {
	root, rest := f.Root, strings.TrimPrefix(path.Clean("/"+name), "/")
	covering := "" // the destination that is nearest; of several at one place the last counts
	for _, m := range f.Mounts {
		if below, ok := within(m.Destination, path.Clean("/"+name)); ok && len(m.Destination) >= len(covering) {
			covering, root, rest = m.Destination, m.Source, below
		}
	}
	if root == "" {
		return nil, fmt.Errorf("%s: %w", name, ErrUnseen)
	}
	return openIn(root, rest, name)
}

// within is what of name is below dir, and whether it is below or dir itself.
func within(dir, name string) (rest string, ok bool) {
	if dir == "/" {
		return strings.TrimPrefix(name, "/"), true
	}
	rest, ok = strings.CutPrefix(name, dir)
	if !ok || rest != "" && rest[0] != '/' {
		return "", false
	}
	return strings.TrimPrefix(rest, "/"), true
}

// openIn opens rest below root, or root itself, which the container knows as name. What it
// is is looked at before it is opened: opening a device or a FIFO may do something.
func openIn(root, rest, name string) (*os.File, error) {
	failed := func(err error) (*os.File, error) { return nil, &fs.PathError{Op: "open", Path: name, Err: err} }
	found, err := reach(root, rest)
	if err != nil {
		return failed(err)
	}
	defer unix.Close(found)
	var stat unix.Stat_t
	if err := unix.Fstat(found, &stat); err != nil {
		return failed(err)
	}
	switch stat.Mode & unix.S_IFMT {
	case unix.S_IFREG:
	case unix.S_IFDIR:
		return failed(unix.EISDIR)
	default:
		return failed(errNotRegular)
	}
	file, err := os.Open("/proc/self/fd/" + strconv.Itoa(found))
	if err != nil {
		return failed(errors.Unwrap(err))
	}
	return file, nil
}

// reach is a descriptor of rest below root that gives no access to its content.
func reach(root, rest string) (int, error) {
	if rest == "" {
		return unix.Open(root, unix.O_PATH|unix.O_CLOEXEC, 0)
	}
	dir, err := unix.Open(root, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	defer unix.Close(dir)
	how := unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS}
	const attempts = 8 // the kernel gives up when something is renamed meanwhile
	for n := 1; ; n++ {
		if found, err := unix.Openat2(dir, rest, &how); err != unix.EAGAIN || n == attempts {
			return found, err
		}
	}
}

var errNotRegular = errors.New("no regular file")

// IsDirectory reports whether m is a directory, as far as that can be seen.
func (m Mount) IsDirectory() bool {
	info, err := os.Stat(m.Source)
	return m.Source == "" || err == nil && info.IsDir()
}

// Free reports whether nothing but a directory has the name in the container's root,
// a name without slashes: where the container has a link, or a file, no mount belongs.
func (f Files) Free(name string) error {
	for _, m := range f.Mounts {
		if _, ok := within("/"+name, m.Destination); ok {
			return fmt.Errorf("something is mounted at %s", m.Destination)
		}
	}
	info, err := os.Lstat(path.Join(f.Root, name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("the image has something of its own at /%s", name)
	}
	return nil
}
