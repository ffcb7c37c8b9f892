package wasi

import (
	"errors"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/hostfs"
	"github.com/wazedge/wazedge/hostfuncs/hostnet"
)

// filePiece is how much of a file one system call moves in a guest that can be
// interrupted: a few milliseconds' worth.
const filePiece = 4 << 20

// piece is how much of n bytes one system call is to move. One that cannot be
// interrupted is not to take long; a datagram cannot be cut.
func (h *Host) piece(d *descriptor, n int) int {
	switch {
	case !h.guest.Interruptible() || d.kind == hostfs.KindSocketDatagram:
		return n
	case d.blocks:
		return min(n, abi.Piece)
	default:
		return min(n, filePiece)
	}
}

// goesOn reports whether a transfer of which one system call has moved n of the
// want bytes it was asked to goes on: a write does until it is whole, unless the
// guest does not want it to wait, and a read of a file until it ends.
func (d *descriptor) goesOn(kind transferKind, n, want int) bool {
	switch {
	case n <= 0:
		return false
	case kind.writes():
		return !d.nonblock.Load()
	default:
		return n == want && !d.blocks
	}
}

// moveOne moves one buffer.
func (h *Host) moveOne(d *descriptor, kind transferKind, b []byte, offset int64) moved {
	if h.mayWait(d, kind) {
		v := hostfs.NewVector()
		defer v.Free()
		v.Bufs = append(v.Bufs, b)
		return h.moveWaiting(d, kind, v)
	}
	done := 0
	for {
		want := h.piece(d, len(b)-done)
		n, err := d.step(kind, b[done:done+want], offset+int64(done))
		done += max(n, 0)
		if err != nil || done >= len(b) || !d.goesOn(kind, n, want) {
			return moved{done, err}
		}
		if h.guest.Interrupted() {
			return moved{done, EINTR}
		}
	}
}

// moveMany moves several buffers, or none: with one system call if that is not
// long and does it all, else what is left one after another.
func (h *Host) moveMany(d *descriptor, kind transferKind, v *hostfs.Vector, offset int64) moved {
	if h.mayWait(d, kind) {
		return h.moveWaiting(d, kind, v)
	}
	whole := v.Len()
	done := 0
	if h.piece(d, whole) == whole {
		n, err := d.vectored(kind, v, offset)
		if err != nil || n >= whole || !kind.writes() || !d.goesOn(kind, n, whole) {
			return moved{n, err}
		}
		done = n
		v.Drop(n)
	}
	for _, b := range v.Bufs {
		m := h.moveOne(d, kind, b, offset+int64(done))
		done += m.n
		if m.err != nil || m.n < len(b) {
			return moved{done, m.err}
		}
	}
	return moved{done, nil}
}

// mayWait reports whether a transfer may have to wait, and the system must not be
// left to, as the guest can be interrupted, or would not.
func (h *Host) mayWait(d *descriptor, kind transferKind) bool {
	return (h.guest.Interruptible() || d.patient) && d.blocks && (kind == reading || kind == writing) && !d.nonblock.Load()
}

// step moves one buffer with one system call.
func (d *descriptor) step(kind transferKind, b []byte, offset int64) (int, error) {
	switch kind {
	case reading:
		return d.file.Read(b)
	case writing:
		return d.file.Write(b)
	case readingAt:
		return d.file.ReadAt(b, offset)
	default:
		return d.file.WriteAt(b, offset)
	}
}

// moveWaiting reads something or writes all, waiting as long as it takes or until
// the guest is interrupted.
func (h *Host) moveWaiting(d *descriptor, kind transferKind, v *hostfs.Vector) moved {
	whole, done := v.Len(), 0
	for {
		n, err := d.file.TryNow(kind.writes(), v)
		if errnoOf(err) == ENOTSUP {
			n, err = h.polledStep(d, kind, v)
		}
		if errnoOf(err) == EAGAIN {
			if errno := h.waitReady(d, kind.direction()); errno != Success {
				return moved{done, errno}
			}
			continue
		}
		done += max(n, 0)
		if err != nil || kind == reading || n <= 0 || done >= whole {
			return moved{done, err}
		}
		v.Drop(n)
		if h.guest.Interrupted() {
			return moved{done, EINTR}
		}
	}
}

// atomicPipeWrite is what is written to a pipe in one go or not at all (POSIX's
// PIPE_BUF on Linux).
const atomicPipeWrite = 4096

// polledStep moves bytes where the system cannot be asked not to wait. A write may
// wait even though the file is ready for it, and is then left to itself when the
// guest is interrupted.
func (h *Host) polledStep(d *descriptor, kind transferKind, v *hostfs.Vector) (int, error) {
	if d.file.Descriptor() < 0 {
		return h.streamStep(d, kind, v)
	}
	if errno := h.waitReady(d, kind.direction()); errno != Success {
		return 0, errno
	}
	if kind == reading {
		v.Truncate(abi.Piece)
		return d.file.ReadVector(v)
	}
	if d.kind == hostfs.KindCharacterDevice && !d.file.Terminal() {
		return d.file.WriteVector(v)
	}
	limit := atomicPipeWrite
	if d.kind == hostfs.KindSocketDatagram {
		limit = v.Len()
	}
	b := v.Copied(limit) // the guest's memory may be gone before the write is
	n := 0
	err := h.patiently(d, func() (err error) {
		n, err = d.file.Write(b)
		return err
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}

// streamStep moves bytes where nobody tells whether that would wait: by way of a
// buffer, as the guest's memory may be gone before the stream is done.
func (h *Host) streamStep(d *descriptor, kind transferKind, v *hostfs.Vector) (n int, err error) {
	var b []byte
	move := d.file.Read
	if kind == reading {
		b = make([]byte, min(v.Len(), abi.Piece))
	} else {
		b, move = v.Copied(abi.Piece), d.file.Write
	}
	done := 0
	err = h.patiently(d, func() (err error) {
		done, err = move(b)
		return err
	})
	if errors.Is(err, abi.ErrInterrupted) {
		return 0, err // and done is not ours yet
	}
	if kind == reading {
		v.Fill(b[:done])
	}
	return done, err
}

// direction is what a transfer waits for.
func (k transferKind) direction() hostnet.Direction {
	if k.writes() {
		return hostnet.ToWrite
	}
	return hostnet.ToRead
}

// vectored moves the buffers of v with one system call.
func (d *descriptor) vectored(kind transferKind, v *hostfs.Vector, offset int64) (int, error) {
	switch kind {
	case reading:
		return d.file.ReadVector(v)
	case writing:
		return d.file.WriteVector(v)
	case readingAt:
		return d.file.ReadVectorAt(v, offset)
	default:
		return d.file.WriteVectorAt(v, offset)
	}
}
