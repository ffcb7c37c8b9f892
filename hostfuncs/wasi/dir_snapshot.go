//go:build !linux

package wasi

import (
	"io/fs"
	"math"
)

// dirStream lists a directory as it was when its listing began: the cookie of
// an entry is its place in the list, and 0 lists anew.
type dirStream struct {
	entries []fs.DirEntry
	listed  bool
	at      int
}

// newDirStream is a listing that has not begun.
func newDirStream() *dirStream { return &dirStream{} }

// seek makes the entry of that cookie the next one.
func (s *dirStream) seek(dir handle, cookie uint64) error {
	if cookie > math.MaxInt32 {
		return EINVAL
	}
	if cookie == 0 || !s.listed {
		list, err := dir.list()
		if err != nil {
			return err
		}
		s.entries, s.listed = list, true
	}
	s.at = int(cookie)
	return nil
}

// read is the next entry, or false at the end. The first two are "." and "..".
func (s *dirStream) read(dir handle) (dirEntry, bool, error) {
	n := s.at
	if n >= len(s.entries)+2 {
		return dirEntry{}, false, nil
	}
	s.at++
	if n < 2 {
		return dirEntry{next: uint64(s.at), kind: filetypeDirectory, name: []byte("..")[:n+1]}, true, nil
	}
	e := s.entries[n-2]
	return dirEntry{
		next: uint64(s.at),
		ino:  inodeOf(e),
		kind: filetypeOfMode(e.Type()),
		name: []byte(e.Name()),
	}, true, nil
}

// filetypeOfMode is the type that Go's mode bits tell.
func filetypeOfMode(m fs.FileMode) Filetype {
	switch {
	case m.IsRegular():
		return filetypeRegularFile
	case m.IsDir():
		return filetypeDirectory
	case m&fs.ModeSymlink != 0:
		return filetypeSymbolicLink
	case m&fs.ModeSocket != 0:
		return filetypeSocketStream
	case m&fs.ModeCharDevice != 0:
		return filetypeCharacterDevice
	case m&fs.ModeDevice != 0:
		return filetypeBlockDevice
	default:
		return filetypeUnknown
	}
}
