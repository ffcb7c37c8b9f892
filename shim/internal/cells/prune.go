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
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// What is kept of what nobody uses.
const (
	// Bytes is how much cells and artifacts may take by default, in bytes, the program in them left out.
	Bytes = 4 << 30
	// maxAge is for how long nobody may have used a cell.
	maxAge = 30 * 24 * time.Hour
	// fresh is for how long a cell is kept whatever there is: a container that is being created has no
	// mounts yet.
	fresh = time.Hour
)

// kept is something that may be removed.
type kept struct {
	path string
	used time.Time
	size int64
}

// Prune removes cells, and modules of artifacts, that have not been used for long, and of the others
// those used the longest ago until the rest takes no more than the store's bound. What a container of the node has
// mounted stays, and so does what was used within the hour. Programs that no cell has are removed. If another
// process prunes, there is nothing to do.
func (s Store) Prune(now time.Time) error {
	unlock, err := s.tryLock("prune")
	if err != nil || unlock == nil {
		return err
	}
	defer unlock()
	all, err := s.list()
	if err != nil {
		return err
	}
	mounted, err := mounts(filepath.Join(s.Dir, "cells"))
	if err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b kept) int { return b.used.Compare(a.used) })
	var sum int64
	for _, k := range all {
		if sum += k.size; now.Sub(k.used) < fresh || mounted(filepath.Base(k.path)) {
			continue
		}
		if sum > s.bound() || now.Sub(k.used) > maxAge || strings.HasPrefix(filepath.Base(k.path), partial) {
			sum -= k.size
			err = errors.Join(err, s.remove(k))
		}
	}
	return errors.Join(err, s.prunePrograms(now))
}

// bound is how many bytes may be kept.
func (s Store) bound() int64 {
	if s.Bytes > 0 {
		return s.Bytes
	}
	return Bytes
}

// partial is how the name of what is not complete begins.
const partial = "tmp-"

// remove removes k, unless it has been used since it was looked at: under a name by which nobody finds it.
func (s Store) remove(k kept) error {
	gone := filepath.Join(filepath.Dir(k.path), partial+filepath.Base(k.path))
	if err := os.Rename(k.path, gone); err != nil {
		return err
	}
	if info, err := os.Stat(gone); err == nil && info.ModTime().After(k.used) {
		return os.Rename(gone, k.path)
	}
	return os.RemoveAll(gone)
}

// list is everything that may be removed, but for programs.
func (s Store) list() (all []kept, err error) {
	for _, sub := range []string{"cells", "artifacts"} {
		entries, err := os.ReadDir(filepath.Join(s.Dir, sub))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, e := range entries {
			k := kept{path: filepath.Join(s.Dir, sub, e.Name())}
			info, err := e.Info()
			if err != nil {
				continue // it has just been removed
			}
			k.used, k.size = info.ModTime(), size(k.path)
			all = append(all, k)
		}
	}
	return all, nil
}

// size is how many bytes the files below dir take that have no other name: the program of a cell has.
func size(dir string) (sum int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil // it is removed meanwhile
		}
		if info, err := d.Info(); err == nil {
			if stat, ok := info.Sys().(*syscall.Stat_t); !ok || stat.Nlink == 1 {
				sum += info.Size()
			}
		}
		return nil
	})
	return sum
}

// prunePrograms removes the programs that no cell has any more, but for the one that is used now.
func (s Store) prunePrograms(now time.Time) error {
	own, err := s.identity()
	if err != nil {
		return err
	}
	dir := filepath.Join(s.Dir, "programs")
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		var stat unix.Stat_t
		name := filepath.Join(dir, e.Name())
		if e.Name() == own || unix.Lstat(name, &stat) != nil || stat.Nlink > 1 || now.Sub(time.Unix(stat.Ctim.Unix())) < fresh {
			continue
		}
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// mounts tells which names of dir are mounted anywhere on this machine.
func mounts(dir string) (func(name string) bool, error) {
	lists, err := filepath.Glob("/proc/[0-9]*/mountinfo")
	if err != nil {
		return nil, err
	}
	found, seen := map[string]bool{}, map[string]bool{}
	for _, name := range lists {
		space, err := os.Readlink(filepath.Join(filepath.Dir(name), "ns/mnt"))
		if err != nil || seen[space] {
			continue // it has ended, or has been looked at
		}
		text, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		seen[space] = true
		for _, name := range mountedFrom(string(text), "/"+filepath.Base(dir)+"/") {
			found[name] = true
		}
	}
	return func(name string) bool { return found[name] }, nil
}

// mountedFrom is what of a list of mounts, in the form of mountinfo, comes from below a directory whose path ends
// with mark: the fourth word of a line is what is mounted, as its file system knows it.
func mountedFrom(list, mark string) (names []string) {
	for line := range strings.Lines(list) {
		if f := strings.Fields(line); len(f) > 3 {
			if at := strings.LastIndex(f[3], mark); at >= 0 {
				names = append(names, f[3][at+len(mark):])
			}
		}
	}
	return names
}

// ParseBytes reads a number of bytes, with KiB, MiB or GiB behind it for that many of these.
func ParseBytes(text string) (int64, error) {
	number, unit := text, int64(1)
	for shift, name := range []string{"KiB", "MiB", "GiB"} {
		if head, ok := strings.CutSuffix(text, name); ok {
			number, unit = head, 1<<(10*(shift+1))
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 1 || n > 1<<62/unit {
		return 0, fmt.Errorf("%q is no number of bytes, such as 500MiB", text)
	}
	return n * unit, nil
}
