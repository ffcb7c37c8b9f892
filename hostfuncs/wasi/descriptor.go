package wasi

import (
	"sync"
	"sync/atomic"

	"github.com/wazedge/wazedge/hostfuncs/hostfs"
	"github.com/wazedge/wazedge/hostfuncs/hostnet"
)

// descriptor is what a guest's descriptor number stands for. The table holds one
// reference, each call under way another; the last one closes the file, so that
// the system cannot give its number to something else while a call uses it.
type descriptor struct {
	file       hostfs.File
	dir        hostfs.Directory // file, if it is one
	kind       hostfs.Kind
	base       atomic.Uint64   // Rights
	inheriting atomic.Uint64   // Rights
	mode       Mode            // of the mapping it was opened beneath
	preopen    string          // the mapping's name for the guest, else empty
	stdio      bool            // belongs to the caller and is not closed
	stream     uint8           // 1 or 2 if it is standard output or error
	blocks     bool            // a read or write may have to wait, unless
	nonblock   atomic.Bool     // it is not to
	patient    bool            // it waits although the system would not
	sock       *hostnet.Socket // which owns file, or nil if it is no socket that the guest opened
	refs       atomic.Int32
	rightsMu   sync.Mutex // held while base and inheriting are narrowed

	listMu  sync.Mutex
	listing hostfs.Listing // under way; nil before the first fd_readdir
}

// newDescriptor takes over f.
func newDescriptor(f hostfs.File, base, inheriting Rights, mode Mode) *descriptor {
	d := &descriptor{file: f, mode: mode, kind: f.Kind()}
	d.dir, _ = f.(hostfs.Directory)
	d.base.Store(uint64(base))
	d.inheriting.Store(uint64(inheriting))
	d.blocks = d.kind != hostfs.KindRegular && d.kind != hostfs.KindDirectory && d.kind != hostfs.KindBlockDevice
	if d.blocks {
		flags, _ := f.Flags()
		d.nonblock.Store(flags&hostfs.FlagNonblock != 0)
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
		return d.sock.Close()
	}
	return d.file.Close()
}

// flags are d's flags. Those of a socket are not the system's: there it never
// blocks.
func (d *descriptor) flags() (fdflags, error) {
	if d.sock != nil {
		if d.sock.Nonblock() {
			return fdflagNonblock, nil
		}
		return 0, nil
	}
	flags, err := d.file.Flags()
	return fdflagsOf(flags), err
}

// setFlags changes d's flags.
func (d *descriptor) setFlags(flags fdflags) error {
	if d.sock != nil {
		d.sock.SetNonblock(flags&fdflagNonblock != 0) // the others mean nothing to it
		return nil
	}
	err := d.file.SetFlags(flags.host())
	if err == nil {
		d.nonblock.Store(flags&fdflagNonblock != 0)
	}
	return err
}

// seek moves d's offset. That of a directory is its listing's, which then has to
// find its place again.
func (d *descriptor) seek(offset int64, from whence) (int64, error) {
	if d.kind == hostfs.KindDirectory {
		d.listMu.Lock()
		defer d.listMu.Unlock()
		d.listing = nil
	}
	return d.file.Seek(offset, int(from)) // whose numbers are those of package io
}

// check is NOTCAPABLE unless d has all the rights in need and the mode of its
// mapping allows them.
func (d *descriptor) check(need Rights) Errno {
	if need&^Rights(d.base.Load()).implied() != 0 || need&d.mode.refused() != 0 {
		return ENOTCAPABLE
	}
	return Success
}
