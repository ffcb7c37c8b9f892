package hostfs

import (
	"bytes"
	"encoding/binary"
	"math"
	"syscall"

	"golang.org/x/sys/unix"
)

// dirBuffer is how much of a directory one system call reads.
const dirBuffer = 32 << 10

// listing reads a directory. Its cookies are the kernel's, which stay good
// when the directory changes.
type listing struct {
	dir  *directory
	data []byte // entries as the kernel gave them
	at   int    // where in data the next entry is
	base uint64 // the cookie of the first entry in data
	next uint64 // the cookie of the entry at at
}

// List implements [Directory].
func (d *directory) List() Listing {
	return &listing{dir: d, data: make([]byte, 0, dirBuffer), base: math.MaxUint64, next: math.MaxUint64}
}

// Seek makes the entry of that cookie the next one. What has been read already
// is used again, as a guest asks again for an entry that did not fit its buffer;
// only cookie 0 starts anew.
func (s *listing) Seek(cookie uint64) error {
	if cookie != 0 {
		if cookie == s.next {
			return nil
		}
		s.at, s.next = 0, s.base
		for s.next != cookie && s.at < len(s.data) {
			s.skip()
		}
		if s.next == cookie {
			return nil
		}
	}
	if cookie > math.MaxInt64 {
		return syscall.EINVAL
	}
	if _, err := unix.Seek(int(s.dir.handle), int64(cookie), 0); err != nil {
		return err
	}
	s.data, s.at, s.base, s.next = s.data[:0], 0, cookie, cookie
	return nil
}

// skip goes to the next record and returns this one. A record of the kernel is
// ino u64, cookie of the next one u64, its own length u16, type u8 and the name
// with NULs after it.
func (s *listing) skip() []byte {
	r := s.data[s.at:]
	r = r[:binary.NativeEndian.Uint16(r[16:])]
	s.at += len(r)
	s.next = binary.NativeEndian.Uint64(r[8:])
	return r
}

// Next is the next entry, or false at the end.
func (s *listing) Next() (Entry, bool, error) {
	if s.at >= len(s.data) {
		n, err := unix.Getdents(int(s.dir.handle), s.data[:cap(s.data)])
		if err == unix.ENOENT {
			return Entry{}, false, nil // the directory has been removed
		}
		if err != nil || n == 0 {
			return Entry{}, false, err
		}
		s.data, s.at, s.base = s.data[:n], 0, s.next
	}
	r := s.skip()
	name := r[19:]
	e := Entry{
		Next: s.next,
		Ino:  binary.NativeEndian.Uint64(r),
		Kind: kindOfDirent(r[18]),
		Name: name[:bytes.IndexByte(name, 0)],
	}
	if r[18] == unix.DT_UNKNOWN {
		e.Kind = s.dir.kindAt(string(e.Name))
	}
	return e, true, nil
}

// kindOfDirent is the type that a directory entry tells.
func kindOfDirent(t byte) Kind {
	switch t {
	case unix.DT_BLK:
		return KindBlockDevice
	case unix.DT_CHR:
		return KindCharacterDevice
	case unix.DT_DIR:
		return KindDirectory
	case unix.DT_REG:
		return KindRegular
	case unix.DT_LNK:
		return KindSymbolicLink
	case unix.DT_SOCK:
		return KindSocketStream
	default:
		return KindUnknown
	}
}
