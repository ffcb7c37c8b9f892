package wasi

import "github.com/wazedge/wazedge/hostfuncs/abi"

// fdstatSize is the size of the structure fdstat: type u8 at 0, flags u16 at 2,
// base rights u64 at 8, inheriting rights u64 at 16. What lies between the parts
// of a structure is left alone.
const fdstatSize = 24

// fdFdstatGet tells a descriptor's type, flags and rights.
func (h *Host) fdFdstatGet(m memory, fd fdnum, result ptr64) Errno {
	out, ok := m.Bytes(ptr(result), fdstatSize)
	if !ok {
		return EFAULT
	}
	d, errno := h.table.get(fd)
	if errno != Success {
		return errno
	}
	defer d.Release()
	flags, err := d.flags()
	if err != nil {
		return errnoOf(err)
	}
	out[0] = byte(filetypeOf(d.kind))
	abi.Put16(out[2:], uint16(flags))
	abi.Put64(out[8:], d.base.Load())
	abi.Put64(out[16:], d.inheriting.Load())
	return Success
}

// fdFdstatSetFlags changes a descriptor's flags.
func (h *Host) fdFdstatSetFlags(_ memory, fd fdnum, flags fdflags) Errno {
	if flags&^fdflagsAll != 0 {
		return EINVAL
	}
	need := RightFdFdstatSetFlags
	if flags&fdflagDsync != 0 {
		need |= RightFdDatasync
	}
	if flags&(fdflagRsync|fdflagSync) != 0 {
		need |= RightFdSync
	}
	d, errno := h.open(fd, need)
	if errno != Success {
		return errno
	}
	defer d.Release()
	return errnoOf(d.setFlags(flags))
}

// fdFdstatSetRights takes rights away from a descriptor. Asking for one that it
// does not have is refused.
func (h *Host) fdFdstatSetRights(_ memory, fd fdnum, base, inheriting Rights) Errno {
	if (base|inheriting)&^rightsAll != 0 {
		return EINVAL
	}
	d, errno := h.table.get(fd)
	if errno != Success {
		return errno
	}
	defer d.Release()
	d.rightsMu.Lock() // what another thread has taken must not come back
	defer d.rightsMu.Unlock()
	if base&^Rights(d.base.Load()).implied() != 0 || inheriting&^Rights(d.inheriting.Load()).implied() != 0 {
		return ENOTCAPABLE
	}
	d.base.Store(uint64(base))
	d.inheriting.Store(uint64(inheriting))
	return Success
}

// fdPrestatGet tells the length of the name of a preopened directory: tag u8 at
// 0 (always 0, a directory), length u32 at 4.
func (h *Host) fdPrestatGet(m memory, fd fdnum, result ptr32) Errno {
	out, ok := m.Bytes(ptr(result), 8)
	if !ok {
		return EFAULT
	}
	name, errno := h.preopenName(fd)
	if errno != Success {
		return errno
	}
	out[0] = 0
	abi.Put32(out[4:], uint32(len(name)))
	return Success
}

// fdPrestatDirName tells the name of a preopened directory. Bytes beyond it are
// left alone.
func (h *Host) fdPrestatDirName(m memory, fd fdnum, buf ptr, n size) Errno {
	b, ok := m.Bytes(buf, n)
	if !ok {
		return EFAULT
	}
	name, errno := h.preopenName(fd)
	if errno != Success {
		return errno
	}
	if len(b) < len(name) {
		return ENAMETOOLONG
	}
	copy(b, name)
	return Success
}

func (h *Host) preopenName(fd fdnum) (string, Errno) {
	d, errno := h.table.get(fd)
	if errno != Success {
		h.sought.listed.Store(true)
		return "", errno
	}
	defer d.Release()
	if d.preopen == "" {
		return "", EINVAL
	}
	return d.preopen, Success
}
