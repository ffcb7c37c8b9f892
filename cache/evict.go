package cache

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// File is an entry's file, as a listing shows it.
type File struct {
	Key  string
	Size int64
	Used time.Time // to the hour
	path string
}

// List are the files of all entries, the least recently used first.
func (s *Store) List() ([]File, error) {
	var files []File
	err := s.each(func(name string, info fs.FileInfo) {
		if isEntry(name) {
			files = append(files, File{strings.TrimSuffix(name, suffix), info.Size(), info.ModTime(), filepath.Join(s.dir, name)})
		}
	})
	slices.SortFunc(files, func(a, b File) int {
		if c := a.Used.Compare(b.Used); c != 0 {
			return c
		}
		return strings.Compare(a.Key, b.Key)
	})
	return files, err
}

// each shows every file in the directory of the store, symbolic links as such.
func (s *Store) each(f func(name string, info fs.FileInfo)) error {
	list, err := os.ReadDir(s.dir)
	if os.IsNotExist(err) {
		return nil
	}
	for _, d := range list {
		if info, err := d.Info(); err == nil && !info.IsDir() {
			f(d.Name(), info)
		}
	}
	return err
}

// Open opens a listed entry, to look into it.
func (s *Store) Open(f File) (*Entry, error) { return s.open(f.path) }

// evict removes the least recently used entries until the rest fits, but not that
// of keep nor one that another process is reading; and what stale processes have
// left.
func (s *Store) evict(keep Key) {
	s.sweep()
	files, err := s.List()
	if err != nil {
		return
	}
	total := int64(0)
	for _, f := range files {
		total += f.Size
	}
	for _, f := range files {
		if total <= s.limit {
			return
		}
		if f.Key != keep.String() && !inUse(f.path) && os.Remove(f.path) == nil {
			total -= f.Size
		}
	}
}

// Pruned is what Prune and Clear have removed.
type Pruned struct {
	Files int
	Bytes int64
}

// staleAfter is how old a temporary file is when whoever made it is surely gone.
const staleAfter = 24 * time.Hour

// Prune removes what stale processes have left, entries that do not verify, and
// the least recently used entries beyond limit bytes, unless they are in use.
func (s *Store) Prune(limit int64) (Pruned, error) {
	if err := s.tagged(); err != nil {
		return Pruned{}, err
	}
	p := s.sweep()
	files, err := s.List()
	total := int64(0)
	for _, f := range files {
		if err := s.Check(f); errors.Is(err, ErrCorrupt) || errors.Is(err, ErrUntrusted) {
			p.remove(f.path, f.Size)
		} else {
			total += f.Size
		}
	}
	for _, f := range files {
		if total <= limit {
			break
		}
		if !inUse(f.path) && p.remove(f.path, f.Size) {
			total -= f.Size
		}
	}
	return p, err
}

// sweep removes what stale processes have left.
func (s *Store) sweep() Pruned {
	var p Pruned
	_ = s.each(func(name string, info fs.FileInfo) { // List fails for the same reason
		if isTemporary(name) && s.now().Sub(info.ModTime()) > staleAfter {
			p.remove(filepath.Join(s.dir, name), info.Size())
		}
	})
	return p
}

// Clear removes every entry and whatever else the store has made.
func (s *Store) Clear() (Pruned, error) {
	var p Pruned
	if err := s.tagged(); err != nil {
		return p, err
	}
	err := s.each(func(name string, info fs.FileInfo) {
		if isEntry(name) || isTemporary(name) || isLock(name) {
			p.remove(filepath.Join(s.dir, name), info.Size())
		}
	})
	return p, err
}

func (p *Pruned) remove(path string, size int64) bool {
	if os.Remove(path) != nil {
		return false
	}
	p.Files++
	p.Bytes += size
	return true
}

// Check verifies a listed entry, and that it is under its own key.
func (s *Store) Check(f File) error {
	e, err := s.open(f.path)
	if err != nil {
		return err
	}
	defer e.Close()
	if e.key.String() != f.Key {
		return corrupt("under another key")
	}
	return e.Verify()
}
