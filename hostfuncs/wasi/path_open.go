package wasi

import (
	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/hostfs"
)

// pathOpen opens a file or directory and tells its new descriptor.
//
// The rights asked for decide how it is opened: for writing if one of them
// writes. They must be among the inheriting rights of the directory, and creating
// files needs a right of its own. So does cutting them, unless the inheriting
// rights let a file be cut once it is open: WasmEdge refuses even then, which
// protects nothing and breaks Go's os.Root.
//
//   - dir: a directory with PATH_OPEN, and PATH_CREATE_FILE to create
//   - lookup: 1 follows a symbolic link at the end
//   - path, n: a path of n bytes beneath dir
//   - create: 1 create, 2 directory, 4 exclusive, 8 truncate
//   - base, inheriting: the rights that the new descriptor is to have
//   - flags: as of fdFdstatSetFlags
//   - result: place for the descriptor, u32
//
// Errors: INVAL for other flags or rights, before the path is looked at; ISDIR for a
// directory that is to be written; NOTCAPABLE for rights that dir does not pass on; MFILE
// when the guest has too many; NOENT, EXIST, NOTDIR, LOOP for a link that is not followed.
//
// Memory: the descriptor: the lowest number that is free, from 3 on.
func (h *Host) pathOpen(m memory, dir fdnum, lookup lookupflags, path ptr, n size, create oflags, base, inheriting Rights, flags fdflags, result ptr32) Errno {
	if lookup&^lookupSymlinkFollow != 0 || create&^oflagsAll != 0 ||
		(base|inheriting)&^rightsAll != 0 || flags&^fdflagsAll != 0 {
		return EINVAL
	}
	text, ok := m.Input(path, n)
	if !ok {
		return EFAULT
	}
	out, ok := m.U32(result)
	if !ok {
		return EFAULT
	}
	if create&oflagDirectory != 0 && base&(RightFdRead|RightFdWrite) == RightFdRead|RightFdWrite {
		return EISDIR // whatever there is
	}
	name, errno := h.path(text)
	if errno != Success {
		return errno
	}
	if create&oflagDirectory != 0 {
		base &^= RightFdSeek
	} else {
		base &^= RightPathFilestatGet
		inheriting &^= RightPathFilestatGet
	}
	fd, errno := h.openPath(dir, name, base, inheriting, hostfs.Opening{
		Follow:    lookup&lookupSymlinkFollow != 0,
		Create:    create&oflagCreat != 0,
		Directory: create&oflagDirectory != 0,
		Exclusive: create&oflagExcl != 0,
		Truncate:  create&oflagTrunc != 0,
		Flags:     flags.host(),
		Read:      base&readingRights != 0,
		Write:     base&writingRights != 0,
	})
	if errno == Success {
		abi.Put32(out, uint32(fd))
	}
	return errno
}

// openPath opens name beneath descriptor dir and gives it a number.
func (h *Host) openPath(dir fdnum, name string, base, inheriting Rights, how hostfs.Opening) (fdnum, Errno) {
	need := RightPathOpen
	if how.Create {
		need |= RightPathCreateFile
	}
	d, errno := h.open(dir, need)
	if errno != Success {
		return 0, errno
	}
	defer d.Release()
	if how.Truncate && d.check(RightPathFilestatSetSize) != Success &&
		Rights(d.inheriting.Load())&RightFdFilestatSetSize == 0 {
		return 0, ENOTCAPABLE
	}
	required := base | inheriting
	if how.Flags&hostfs.FlagRsync != 0 {
		required |= RightFdSync
	}
	if how.Flags&hostfs.FlagDsync != 0 {
		required |= RightFdDatasync
	}
	if required&^Rights(d.inheriting.Load()).implied() != 0 {
		return 0, ENOTCAPABLE
	}
	switch d.mode {
	case ReadOnly:
		if base&changingRights&writingRights != 0 {
			return 0, ENOTCAPABLE
		}
		how.Write = false
	case WriteOnly:
		how.Read = false
	}
	if errno := checkStart(d, name); errno != Success {
		return 0, errno
	}
	if errno := h.table.room(); errno != Success {
		return 0, errno
	}
	f, err := d.dir.Open(name, how, patience{h, d})
	if errno := h.sought.outcome(errnoOf(err)); errno != Success {
		return 0, errno
	}
	return h.table.add(newDescriptor(f, base, inheriting, d.mode))
}
