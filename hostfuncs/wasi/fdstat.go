package wasi

import "github.com/wazedge/wazedge/hostfuncs/abi"

// fdstatSize is the size of the structure fdstat: type u8 at 0, flags u16 at 2,
// base rights u64 at 8, inheriting rights u64 at 16. What lies between the parts
// of a structure is left alone.
const fdstatSize = 24

// fdFdstatGet tells a descriptor's type, flags and rights.
//
//   - fd: a descriptor
//   - result: place for 24 bytes
//
// Errors: BADF.
//
// Memory: the structure fdstat. What lies between its parts is left alone. Of a regular
// file that appends, with base rights 0x42 and inheriting rights 0:
//
//	0:  04 __ 01 00 __ __ __ __    type u8, flags u16
//	8:  42 00 00 00 00 00 00 00    base rights u64
//	16: 00 00 00 00 00 00 00 00    inheriting rights u64
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
//
//   - fd: a descriptor with FD_FDSTAT_SET_FLAGS, and FD_DATASYNC or FD_SYNC for flags that
//     these are about
//   - flags: 1 append, 2 dsync, 4 nonblock, 8 rsync, 16 sync; the system changes the first
//     and the third of an open file
//
// Errors: INVAL for other flags, before fd is looked at.
//
// Memory: nothing.
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
//
//   - fd: a descriptor
//   - base, inheriting: the rights that it is to have from now on
//
// Errors: INVAL for rights that do not exist, before fd is looked at; NOTCAPABLE for one
// that it does not have.
//
// Memory: nothing.
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
//
//   - fd: the descriptor of a directory mapping
//   - result: place for 8 bytes
//
// Errors: BADF, which ends a guest's search for mappings; INVAL for another descriptor.
//
// Memory: the structure prestat, of a mapping that is called "data":
//
//	0: 00 __ __ __ 04 00 00 00    tag u8, always 0, and length of the name u32
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
//
//   - fd: the descriptor of a directory mapping
//   - buf, n: place for its name, of n bytes
//
// Errors: BADF; INVAL for another descriptor; NAMETOOLONG if n is less than the name has.
//
// Memory: the name, without a NUL.
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
