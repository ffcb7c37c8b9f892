//go:build unix

package wasi

import "golang.org/x/sys/unix"

// filetype is the type of f's file.
func (f handle) filetype() Filetype {
	var s unix.Stat_t
	if unix.Fstat(int(f), &s) != nil {
		return filetypeUnknown
	}
	if s.Mode&unix.S_IFMT == unix.S_IFSOCK {
		if t, err := unix.GetsockoptInt(int(f), unix.SOL_SOCKET, unix.SO_TYPE); err == nil && t == unix.SOCK_DGRAM {
			return filetypeSocketDgram
		}
	}
	return filetypeOfStat(uint32(s.Mode))
}

// filetypeAt is the type of what name in the directory f is.
func (f handle) filetypeAt(name string) Filetype {
	var s unix.Stat_t
	if unix.Fstatat(int(f), name, &s, unix.AT_SYMLINK_NOFOLLOW) != nil {
		return filetypeUnknown
	}
	return filetypeOfStat(uint32(s.Mode))
}

// filetypeOfStat is the type that the mode of a file tells.
func filetypeOfStat(mode uint32) Filetype {
	switch mode & unix.S_IFMT {
	case unix.S_IFBLK:
		return filetypeBlockDevice
	case unix.S_IFCHR:
		return filetypeCharacterDevice
	case unix.S_IFDIR:
		return filetypeDirectory
	case unix.S_IFREG:
		return filetypeRegularFile
	case unix.S_IFLNK:
		return filetypeSymbolicLink
	case unix.S_IFSOCK:
		return filetypeSocketStream
	default:
		return filetypeUnknown
	}
}

// stat is the attributes of f's file.
func (f handle) stat() (filestat, error) {
	var s unix.Stat_t
	if err := unix.Fstat(int(f), &s); err != nil {
		return filestat{}, err
	}
	return filestatOf(&s), nil
}

func filestatOf(s *unix.Stat_t) filestat {
	return filestat{
		dev:   uint64(s.Dev),
		ino:   s.Ino,
		kind:  filetypeOfStat(uint32(s.Mode)),
		nlink: uint64(s.Nlink),
		size:  uint64(s.Size),
		atim:  uint64(s.Atim.Nano()),
		mtim:  uint64(s.Mtim.Nano()),
		ctim:  uint64(s.Ctim.Nano()),
	}
}
