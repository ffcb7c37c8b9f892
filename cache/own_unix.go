//go:build unix

package cache

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// openNoFollow opens a file to be read, without waiting, and follows no symbolic link
// that it is.
func openNoFollow(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if errors.Is(err, unix.ELOOP) || errors.Is(err, unix.EMLINK) {
		return nil, fmt.Errorf("%s: %w: a symbolic link", path, errUnsafe)
	}
	return f, err
}

// openOwn opens an entry that this user owns and nobody else may change. A shared lock
// on it tells evictors that it is in use.
func openOwn(path string) (*os.File, error) {
	f, err := openNoFollow(path)
	if errors.Is(err, errUnsafe) {
		return nil, corrupt(err.Error())
	}
	if err != nil {
		return nil, err
	}
	if err := checkOwner(f); err != nil {
		f.Close()
		return nil, corrupt(err.Error())
	}
	_ = unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB) // without it, it may only be evicted early
	return f, nil
}

// checkOwner reports why f is not a file that this user alone may change.
func checkOwner(f *os.File) error {
	_, err := ownStat(f)
	return err
}

// checkTrustee reports why f is not a file that only this user, or the superuser, may change.
func checkTrustee(f *os.File) error {
	st, err := ownStat(f)
	if errors.Is(err, errUnsafe) && st.Uid == 0 && st.Mode&unix.S_IFMT == unix.S_IFREG && st.Mode&0o022 == 0 {
		return nil
	}
	return err
}

func ownStat(f *os.File) (st unix.Stat_t, err error) {
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return st, err
	}
	switch {
	case st.Mode&unix.S_IFMT != unix.S_IFREG:
		return st, fmt.Errorf("%w: not a regular file", errUnsafe)
	case int(st.Uid) != os.Geteuid():
		return st, fmt.Errorf("%w: owned by another user", errUnsafe)
	case st.Mode&0o022 != 0:
		return st, fmt.Errorf("%w: others may write it", errUnsafe)
	}
	return st, nil
}

// ownSecret reports why f, the file path, is not one that this user alone may read.
func ownSecret(f *os.File, path string) error {
	st, err := ownStat(f)
	if err == nil && st.Mode&0o077 != 0 || errors.Is(err, errUnsafe) && int(st.Uid) == os.Geteuid() && st.Mode&unix.S_IFMT == unix.S_IFREG {
		return fmt.Errorf("%s: %w: others may have read or written it", path, errSpoiled)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// ownDir reports why dir is not a directory that only this user can write to.
func ownDir(dir string) error {
	var st unix.Stat_t
	if err := unix.Stat(dir, &st); err != nil {
		return err
	}
	if int(st.Uid) != os.Geteuid() || st.Mode&0o022 != 0 {
		return fmt.Errorf("cache directory %s: others may write to it", dir)
	}
	return nil
}

// ownPath reports why somebody else may decide what is in the directory dir: because he
// may change it, or any directory or symbolic link on the way to it.
func ownPath(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return err
	}
	if err := ownWay(real, false); err != nil || real == dir {
		return err
	}
	return ownWay(dir, false)
}

// Trusted reports why somebody else than this user and the superuser may decide what is in the
// directory dir.
func Trusted(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return err
	}
	if err := ownWay(real, true); err != nil || real == dir {
		return err
	}
	return ownWay(dir, true)
}

// ownWay is ownPath for the names in the absolute path alone, or with superuser Trusted.
func ownWay(path string, superuser bool) error {
	user := os.Geteuid()
	for at := 0; at >= 0; {
		next := strings.IndexByte(path[at+1:], '/')
		if next >= 0 {
			next += at + 1
		}
		name := path
		if next >= 0 {
			name = path[:next]
		}
		if err := ownStep(name, user, next < 0 && !superuser); err != nil {
			return err
		}
		at = next
	}
	return ownStep("/", user, false)
}

// ownStep reports why somebody else than user and the superuser may change what is in
// name, a directory, the last on the way, or a symbolic link to one.
func ownStep(name string, user int, last bool) error {
	var st unix.Stat_t
	if err := unix.Lstat(name, &st); err != nil {
		return &os.PathError{Op: "lstat", Path: name, Err: err}
	}
	owned := int(st.Uid) == user || st.Uid == 0 && !last
	if st.Mode&unix.S_IFMT == unix.S_IFLNK {
		if int(st.Uid) == user || st.Uid == 0 {
			return nil
		}
		return fmt.Errorf("%s: %w: a symbolic link of another user", name, errUnsafe)
	}
	if !owned {
		return fmt.Errorf("%s: %w: owned by another user", name, errUnsafe)
	}
	// A group of one's own, as many systems give each user, is no other.
	private := st.Gid == st.Uid && int(st.Gid) == user
	if open := st.Mode&0o002 != 0 || st.Mode&0o020 != 0 && !private; open && st.Mode&unix.S_ISVTX == 0 {
		return fmt.Errorf("%s: %w: others may write to it", name, errUnsafe)
	}
	return nil
}

// inUse reports whether a process is reading the entry at path.
func inUse(path string) bool {
	f, err := openNoFollow(path)
	if err != nil {
		return false
	}
	defer f.Close()
	return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil
}

// claim locks the file path, unless another process has.
func claim(path string) (release func(), ok bool) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, false
	}
	if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil {
		f.Close()
		return nil, false
	}
	return func() { _ = f.Close() }, true
}
