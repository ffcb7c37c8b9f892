package wasi

import (
	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/hostfs"
)

// direntSize is the size of the structure dirent: cookie of the next entry u64
// at 0, ino u64 at 8, length of the name u32 at 16, type u8 at 20. The name
// follows it.
const direntSize = 24

// fdReaddir lists a directory from a cookie on, into a buffer that is filled to
// its end, the last entry cut off if need be: less than a full buffer means that
// the listing is over. Entries come in the host's order, "." and ".." among
// them. Cookies stay good as long as the descriptor is open.
//
//   - fd: a directory with FD_READDIR
//   - buf, n: the buffer
//   - cookie: 0, or that of an entry told before, behind which the listing goes on
//   - result: place for how much of the buffer is used, u32
//
// Errors: NOTDIR; INVAL for a cookie beyond 2^63-1.
//
// Memory: how much is used, and entries without a gap, the last one cut off where the
// buffer ends. Of an entry that is called "a":
//
//	0:  01 00 00 00 00 00 00 00    cookie of the next entry u64
//	8:  2a 00 00 00 00 00 00 00    inode u64
//	16: 01 00 00 00 04 00 00 00    length of the name u32, type u8
//	24: 61
func (h *Host) fdReaddir(m memory, fd fdnum, buf ptr, n size, cookie uint64, result ptr32) Errno {
	b, ok := m.Bytes(buf, n)
	if !ok {
		return EFAULT
	}
	out, ok := m.U32(result)
	if !ok {
		return EFAULT
	}
	d, errno := h.open(fd, RightFdReaddir)
	if errno != Success {
		return errno
	}
	defer d.Release()
	if d.dir == nil {
		return ENOTDIR
	}
	d.listMu.Lock()
	defer d.listMu.Unlock()
	if d.listing == nil {
		d.listing = d.dir.List()
	}
	used, err := h.fill(d.listing, b, cookie)
	if err != nil {
		return errnoOf(err)
	}
	abi.Put32(out, uint32(used))
	return Success
}

// fill writes entries of l from cookie on to b and says how much of it they take. It
// gives up when the guest is interrupted.
func (h *Host) fill(l hostfs.Listing, b []byte, cookie uint64) (int, error) {
	if err := l.Seek(cookie); err != nil {
		return 0, err
	}
	used := 0
	for used < len(b) {
		if h.guest.Interrupted() {
			return 0, EINTR
		}
		e, ok, err := l.Next()
		if err != nil {
			return 0, err
		}
		if !ok {
			break
		}
		used += putEntry(b[used:], &e)
	}
	return used, nil
}

// putEntry writes as much of e to b as fits.
func putEntry(b []byte, e *hostfs.Entry) int {
	var head [direntSize]byte
	abi.Put64(head[0:], e.Next)
	abi.Put64(head[8:], e.Ino)
	abi.Put32(head[16:], uint32(len(e.Name)))
	head[20] = byte(filetypeOf(e.Kind))
	n := copy(b, head[:])
	return n + copy(b[n:], e.Name)
}
