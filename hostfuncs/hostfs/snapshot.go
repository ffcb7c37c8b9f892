package hostfs

import (
	"io/fs"
	"math"
	"syscall"
)

// snapshot lists a directory as it was when its listing began: the cookie of
// an entry is its place in the list, and 0 lists anew.
type snapshot struct {
	list    func() ([]fs.DirEntry, error) // the entries but for "." and ".."
	ino     func(fs.DirEntry) uint64
	entries []fs.DirEntry
	listed  bool
	at      int
}

// Seek implements [Listing].
func (s *snapshot) Seek(cookie uint64) error {
	if cookie > math.MaxInt32 {
		return syscall.EINVAL
	}
	if cookie == 0 || !s.listed {
		list, err := s.list()
		if err != nil {
			return err
		}
		s.entries, s.listed = list, true
	}
	s.at = int(cookie)
	return nil
}

// Next implements [Listing]. The first two entries are "." and "..".
func (s *snapshot) Next() (Entry, bool, error) {
	n := s.at
	if n >= len(s.entries)+2 {
		return Entry{}, false, nil
	}
	s.at++
	if n < 2 {
		return Entry{Next: uint64(s.at), Kind: KindDirectory, Name: []byte("..")[:n+1]}, true, nil
	}
	e := s.entries[n-2]
	return Entry{
		Next: uint64(s.at),
		Ino:  s.ino(e),
		Kind: kindOfMode(e.Type()),
		Name: []byte(e.Name()),
	}, true, nil
}

// kindOfMode is the type that Go's mode bits tell.
func kindOfMode(m fs.FileMode) Kind {
	switch {
	case m.IsRegular():
		return KindRegular
	case m.IsDir():
		return KindDirectory
	case m&fs.ModeSymlink != 0:
		return KindSymbolicLink
	case m&fs.ModeSocket != 0:
		return KindSocketStream
	case m&fs.ModeCharDevice != 0:
		return KindCharacterDevice
	case m&fs.ModeDevice != 0:
		return KindBlockDevice
	default:
		return KindUnknown
	}
}
