package wasi

import "github.com/wazedge/wazedge/hostfuncs/abi"

// direntSize is the size of the structure dirent: cookie of the next entry u64
// at 0, ino u64 at 8, length of the name u32 at 16, type u8 at 20. The name
// follows it.
const direntSize = 24

// dirEntry is an entry of a directory. Its cookie is where the next one is read.
type dirEntry struct {
	next uint64
	ino  uint64
	kind Filetype
	name []byte // valid until the next entry is read
}

// fdReaddir lists a directory from a cookie on, into a buffer that is filled to
// its end, the last entry cut off if need be: less than a full buffer means that
// the listing is over. Entries come in the host's order, "." and ".." among
// them. Cookies stay good as long as the descriptor is open.
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
	if d.kind != filetypeDirectory {
		return ENOTDIR
	}
	d.dirMu.Lock()
	defer d.dirMu.Unlock()
	if d.dir == nil {
		d.dir = newDirStream()
	}
	used, err := d.dir.fill(h, d.file, b, cookie)
	if err != nil {
		return errnoOf(err)
	}
	abi.Put32(out, uint32(used))
	return Success
}

// fill writes entries from cookie on to b and says how much of it they take. It
// gives up when the guest of h is interrupted.
func (s *dirStream) fill(h *Host, dir handle, b []byte, cookie uint64) (int, error) {
	if err := s.seek(dir, cookie); err != nil {
		return 0, err
	}
	used := 0
	for used < len(b) {
		if h.guest.Interrupted() {
			return 0, EINTR
		}
		e, ok, err := s.read(dir)
		if err != nil {
			return 0, err
		}
		if !ok {
			break
		}
		used += e.put(b[used:])
	}
	return used, nil
}

// put writes as much of e to b as fits.
func (e *dirEntry) put(b []byte) int {
	var head [direntSize]byte
	abi.Put64(head[0:], e.next)
	abi.Put64(head[8:], e.ino)
	abi.Put32(head[16:], uint32(len(e.name)))
	head[20] = byte(e.kind)
	n := copy(b, head[:])
	return n + copy(b[n:], e.name)
}
