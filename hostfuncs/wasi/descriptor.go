package wasi

import (
	"sync"
	"sync/atomic"
)

// descriptor is what a guest's descriptor number stands for. The table holds one
// reference, each call under way another; the last one closes the file, so that
// the system cannot give its number to something else while a call uses it.
type descriptor struct {
	file       handle
	kind       Filetype
	base       atomic.Uint64 // Rights
	inheriting atomic.Uint64 // Rights
	mode       Mode          // of the mapping it was opened beneath
	guard      *guard        // of that mapping, or nil
	preopen    string        // the mapping's name for the guest, else empty
	stdio      bool          // belongs to the caller and is not closed
	blocks     bool          // a read or write may have to wait, unless
	nonblock   atomic.Bool   // it is not to
	patient    bool          // it waits although the system would not
	sock       *socket       // which owns file, or nil if it is no socket that the guest opened
	refs       atomic.Int32
	rightsMu   sync.Mutex // held while base and inheriting are narrowed

	dirMu sync.Mutex
	dir   *dirStream // the listing under way, nil before the first fd_readdir
}

// newDescriptor takes over f. A file whose type cannot be found out is of
// unknown type.
func newDescriptor(f handle, base, inheriting Rights, mode Mode) *descriptor {
	d := &descriptor{file: f, mode: mode, kind: f.filetype()}
	d.base.Store(uint64(base))
	d.inheriting.Store(uint64(inheriting))
	d.blocks = d.kind != filetypeRegularFile && d.kind != filetypeDirectory && d.kind != filetypeBlockDevice
	if d.blocks {
		flags, _ := f.flags()
		d.nonblock.Store(flags&fdflagNonblock != 0)
	}
	d.refs.Store(1)
	return d
}

// Retain implements [abi.Resource].
func (d *descriptor) Retain() { d.refs.Add(1) }

// Release implements [abi.Resource]. The error is that of closing the file.
func (d *descriptor) Release() error {
	if d.refs.Add(-1) > 0 || d.stdio {
		return nil
	}
	if d.sock != nil {
		return d.sock.close()
	}
	return d.file.close()
}

// flags are d's flags. Those of a socket are not the system's: there it never
// blocks.
func (d *descriptor) flags() (fdflags, error) {
	if d.sock != nil {
		return d.sock.flags(), nil
	}
	return d.file.flags()
}

// setFlags changes d's flags.
func (d *descriptor) setFlags(flags fdflags) error {
	if d.sock != nil {
		d.sock.setFlags(flags)
		return nil
	}
	err := d.file.setFlags(flags)
	if err == nil {
		d.nonblock.Store(flags&fdflagNonblock != 0)
	}
	return err
}

// seek moves d's offset. That of a directory is its listing's, which then has to
// find its place again.
func (d *descriptor) seek(offset int64, from whence) (int64, error) {
	if d.kind == filetypeDirectory {
		d.dirMu.Lock()
		defer d.dirMu.Unlock()
		d.dir = nil
	}
	return d.file.seek(offset, from)
}

// check is NOTCAPABLE unless d has all the rights in need and the mode of its
// mapping allows them.
func (d *descriptor) check(need Rights) Errno {
	if need&^Rights(d.base.Load()).implied() != 0 || need&d.mode.refused() != 0 {
		return ENOTCAPABLE
	}
	return Success
}
