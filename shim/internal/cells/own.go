package cells

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// trustworthy is an error if another user can write to the store, or put another in its place: what is executed, and the
// key that vouches for it, are in it. It is asked before anything of the store is used.
func (s Store) trustworthy() error {
	var stat unix.Stat_t
	if err := unix.Stat(s.Dir, &stat); err != nil {
		return &fs.PathError{Op: "stat", Path: s.Dir, Err: err}
	}
	if int(stat.Uid) != os.Geteuid() || stat.Mode&0o022 != 0 {
		return fmt.Errorf("%s belongs to user %d and has the mode %#o: nobody but user %d may write to it", s.Dir, stat.Uid, stat.Mode&0o7777, os.Geteuid())
	}
	typed, err := filepath.Abs(s.Dir)
	if err != nil {
		return err
	}
	real, err := filepath.EvalSymlinks(typed)
	if err != nil {
		return err
	}
	owners := []int{0, os.Geteuid()}
	if uid, some := unmapped(); some {
		owners = append(owners, uid)
	}
	return errors.Join(ownWay(typed, owners), ownWay(real, owners))
}

// ownWay is an error if somebody else than owners can change where the absolute path leads to.
func ownWay(path string, owners []int) error {
	for path != "/" {
		var stat unix.Stat_t
		if err := unix.Lstat(path, &stat); err != nil {
			return &fs.PathError{Op: "lstat", Path: path, Err: err}
		}
		if !slices.Contains(owners, int(stat.Uid)) {
			return fmt.Errorf("%s belongs to user %d: nobody but user %d may change what is on the way to the store", path, stat.Uid, os.Geteuid())
		}
		// A group of one's own, as many systems give each user, is no other; in a directory with the sticky bit, nobody
		// moves what is another's.
		private := stat.Gid == stat.Uid && int(stat.Gid) == os.Geteuid()
		open := stat.Mode&0o002 != 0 || stat.Mode&0o020 != 0 && !private
		if open && stat.Mode&unix.S_ISVTX == 0 && stat.Mode&unix.S_IFMT != unix.S_IFLNK {
			return fmt.Errorf("%s has the mode %#o: nobody but user %d may change what is on the way to the store", path, stat.Mode&0o7777, os.Geteuid())
		}
		path = filepath.Dir(path)
	}
	return nil
}

// unmapped is the user that all those seem to be whom the process's user namespace does not know, if there are any. They
// cannot be told apart: the node's superuser, to whom the directories above are, is one of them.
func unmapped() (uid int, some bool) {
	b, err := os.ReadFile("/proc/self/uid_map")
	if err != nil || slices.Equal(strings.Fields(string(b)), []string{"0", "0", "4294967295"}) {
		return 0, false
	}
	text, err := os.ReadFile("/proc/sys/kernel/overflowuid")
	if err != nil {
		return 0, false
	}
	uid, err = strconv.Atoi(strings.TrimSpace(string(text)))
	return uid, err == nil
}
