package wasi

import (
	"bytes"
	"encoding/binary"
	"math"

	"golang.org/x/sys/unix"
)

// dirBuffer is how much of a directory one system call reads.
const dirBuffer = 32 << 10

// dirStream reads a directory. Its cookies are the kernel's, which stay good
// when the directory changes.
type dirStream struct {
	data []byte // entries as the kernel gave them
	at   int    // where in data the next entry is
	base uint64 // the cookie of the first entry in data
	next uint64 // the cookie of the entry at at
}

func newDirStream() *dirStream {
	return &dirStream{data: make([]byte, 0, dirBuffer), base: math.MaxUint64, next: math.MaxUint64}
}

// seek makes the entry of that cookie the next one. What has been read already
// is used again, as a guest asks again for an entry that did not fit its buffer;
// only cookie 0 starts anew.
func (s *dirStream) seek(dir handle, cookie uint64) error {
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
		return EINVAL
	}
	if _, err := unix.Seek(int(dir), int64(cookie), 0); err != nil {
		return err
	}
	s.data, s.at, s.base, s.next = s.data[:0], 0, cookie, cookie
	return nil
}

// skip goes to the next record and returns this one. A record of the kernel is
// ino u64, cookie of the next one u64, its own length u16, type u8 and the name
// with NULs after it.
func (s *dirStream) skip() []byte {
	r := s.data[s.at:]
	r = r[:binary.NativeEndian.Uint16(r[16:])]
	s.at += len(r)
	s.next = binary.NativeEndian.Uint64(r[8:])
	return r
}

// read is the next entry, or false at the end.
func (s *dirStream) read(dir handle) (dirEntry, bool, error) {
	if s.at >= len(s.data) {
		n, err := unix.Getdents(int(dir), s.data[:cap(s.data)])
		if err == unix.ENOENT {
			return dirEntry{}, false, nil // the directory has been removed
		}
		if err != nil || n == 0 {
			return dirEntry{}, false, err
		}
		s.data, s.at, s.base = s.data[:n], 0, s.next
	}
	r := s.skip()
	name := r[19:]
	e := dirEntry{
		next: s.next,
		ino:  binary.NativeEndian.Uint64(r),
		kind: filetypeOfDirent(r[18]),
		name: name[:bytes.IndexByte(name, 0)],
	}
	if r[18] == unix.DT_UNKNOWN {
		e.kind = dir.filetypeAt(string(e.name))
	}
	return e, true, nil
}

// filetypeOfDirent is the type that a directory entry tells.
func filetypeOfDirent(t byte) Filetype {
	switch t {
	case unix.DT_BLK:
		return filetypeBlockDevice
	case unix.DT_CHR:
		return filetypeCharacterDevice
	case unix.DT_DIR:
		return filetypeDirectory
	case unix.DT_REG:
		return filetypeRegularFile
	case unix.DT_LNK:
		return filetypeSymbolicLink
	case unix.DT_SOCK:
		return filetypeSocketStream
	default:
		return filetypeUnknown
	}
}
