//go:build unix

package hostfs

import "golang.org/x/sys/unix"

// statKind is the type of f's file.
func (f handle) statKind() Kind {
	var s unix.Stat_t
	if unix.Fstat(int(f), &s) != nil {
		return KindUnknown
	}
	if s.Mode&unix.S_IFMT == unix.S_IFSOCK {
		if t, err := unix.GetsockoptInt(int(f), unix.SOL_SOCKET, unix.SO_TYPE); err == nil && t == unix.SOCK_DGRAM {
			return KindSocketDatagram
		}
	}
	return kindOfStat(uint32(s.Mode))
}

// kindAt is the type of what name in the directory f is.
func (f handle) kindAt(name string) Kind {
	var s unix.Stat_t
	if unix.Fstatat(int(f), name, &s, unix.AT_SYMLINK_NOFOLLOW) != nil {
		return KindUnknown
	}
	return kindOfStat(uint32(s.Mode))
}

// kindOfStat is the type that the mode of a file tells.
func kindOfStat(mode uint32) Kind {
	switch mode & unix.S_IFMT {
	case unix.S_IFBLK:
		return KindBlockDevice
	case unix.S_IFCHR:
		return KindCharacterDevice
	case unix.S_IFDIR:
		return KindDirectory
	case unix.S_IFREG:
		return KindRegular
	case unix.S_IFLNK:
		return KindSymbolicLink
	case unix.S_IFSOCK:
		return KindSocketStream
	default:
		return KindUnknown
	}
}

// Stat is the attributes of f's file.
func (f handle) Stat() (Stat, error) {
	var s unix.Stat_t
	if err := unix.Fstat(int(f), &s); err != nil {
		return Stat{}, err
	}
	return statOf(&s), nil
}

func statOf(s *unix.Stat_t) Stat {
	return Stat{
		Dev:        uint64(s.Dev),
		Ino:        s.Ino,
		Kind:       kindOfStat(uint32(s.Mode)),
		Links:      uint64(s.Nlink),
		Size:       uint64(s.Size),
		AccessTime: uint64(s.Atim.Nano()),
		ModifyTime: uint64(s.Mtim.Nano()),
		ChangeTime: uint64(s.Ctim.Nano()),
	}
}
