package wasi

import (
	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/hostfs"
)

// The functions of snapshot 0 that differ from those of preview 1.

// filestat0Size is the size of snapshot 0's structure filestat: dev u64 at 0,
// ino u64 at 8, type u8 at 16, nlink u32 at 20, size u64 at 24, atim u64 at 32,
// mtim u64 at 40, ctim u64 at 48.
const filestat0Size = 56

func putStat0(out []byte, s *hostfs.Stat) {
	abi.Put64(out, s.Dev)
	abi.Put64(out[8:], s.Ino)
	out[16] = byte(filetypeOf(s.Kind))
	abi.Put32(out[20:], uint32(min(s.Links, 1<<32-1)))
	abi.Put64(out[24:], s.Size)
	abi.Put64(out[32:], s.AccessTime)
	abi.Put64(out[40:], s.ModifyTime)
	abi.Put64(out[48:], s.ChangeTime)
}

// fdFilestatGet0 is fdFilestatGet with the structure of snapshot 0.
func (h *Host) fdFilestatGet0(m memory, fd fdnum, result ptr64) Errno {
	out, ok := m.Bytes(ptr(result), filestat0Size)
	if !ok {
		return EFAULT
	}
	s, errno := h.statFd(fd)
	if errno == Success {
		putStat0(out, &s)
	}
	return errno
}

// pathFilestatGet0 is pathFilestatGet with the structure of snapshot 0.
func (h *Host) pathFilestatGet0(m memory, fd fdnum, flags lookupflags, path ptr, n size, result ptr64) Errno {
	if flags&^lookupSymlinkFollow != 0 {
		return EINVAL
	}
	out, ok := m.Bytes(ptr(result), filestat0Size)
	if !ok {
		return EFAULT
	}
	s, errno := h.statPath(m, fd, flags, path, n)
	if errno == Success {
		putStat0(out, &s)
	}
	return errno
}

// fdSeek0 is fdSeek with snapshot 0's order of whence: the current offset, the
// end, the start.
func (h *Host) fdSeek0(m memory, fd fdnum, offset int64, from whence, result ptr64) Errno {
	if from > whenceEnd {
		return EINVAL
	}
	return h.fdSeek(m, fd, offset, [...]whence{whenceCur, whenceEnd, whenceSet}[from], result)
}

// pollOneoff0 is pollOneoff with snapshot 0's subscriptions.
func (h *Host) pollOneoff0(m memory, in, out ptr64, n size, result ptr32) Errno {
	return h.poll(m, &poll0, in, out, n, result)
}
