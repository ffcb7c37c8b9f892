package crypto

import (
	"sync/atomic"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// kind is what sort of object a handle is for: the low byte of the handle.
type kind uint8

const (
	outputKind kind = iota
	optionsKind
	verificationKind
	publickeyKind
	secretkeyKind
	keypairKind
	signatureKind
	signingKind
	symmetricStateKind
	symmetricKeyKind
	tagKind
	managerKind
	kinds
)

// object is what a handle stands for.
type object interface {
	kind() kind // also of a nil object
	retain()
	release()
}

// counted is the references to an object: the handle's, and one for each call that uses
// it. The last one to go wipes the object.
type counted struct {
	host *Host
	size int64 // bytes that the object holds, as the host counts them
	refs atomic.Int32
	wipe func()
}

// own makes c the count of an object with one reference, which holds nothing yet.
func (c *counted) own(h *Host, wipe func()) {
	c.host, c.wipe = h, wipe
	c.refs.Store(1)
}

// grow has the object hold n more bytes, and reports whether it may.
func (c *counted) grow(n int) bool {
	if !c.host.take(int64(n)) {
		return false
	}
	c.size += int64(n)
	return true
}

// shrink has the object hold n bytes less.
func (c *counted) shrink(n int) {
	c.size -= int64(n)
	c.host.give(int64(n))
}

func (c *counted) retain() { c.refs.Add(1) }

func (c *counted) release() {
	if c.refs.Add(-1) > 0 {
		return
	}
	if c.wipe != nil {
		c.wipe()
	}
	c.host.give(c.size)
}

// add puts o, with the caller's reference, under a new handle, which it writes to place.
// Without room for it, o is released.
func (h *Host) add(o object, place []byte) Errno {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.objects) >= MaxHandles {
		o.release()
		return tooManyHandles
	}
	k := o.kind()
	for {
		h.last[k] = (h.last[k] + 1) & (1<<24 - 1)
		n := h.last[k]<<8 | uint32(k)
		if _, used := h.objects[n]; !used {
			h.objects[n] = o
			abi.Put32(place, n)
			return success
		}
	}
}

// get is the object of handle n, with a reference for the caller.
func get[T object](h *Host, n uint32) (o T, e Errno) {
	h.mu.Lock()
	defer h.mu.Unlock()
	o, ok := h.objects[n].(T)
	if !ok {
		return o, invalidHandle
	}
	o.retain()
	return o, success
}

// with calls f with the object of handle n.
func with[T object](h *Host, n uint32, f func(T) Errno) Errno {
	o, e := get[T](h, n)
	if e != success {
		return e
	}
	defer o.release()
	return f(o)
}

// remove takes handle n away, and hands its reference to the caller.
func remove[T object](h *Host, n uint32) (o T, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if o, ok = h.objects[n].(T); ok {
		delete(h.objects, n)
	}
	return o, ok
}

// shut closes handle n, which is to be for a T.
func shut[T object](h *Host, _ abi.Memory, n uint32) Errno {
	o, ok := remove[T](h, n)
	switch {
	case ok:
		o.release()
		return success
	case h.given(n, o.kind()):
		return closed
	}
	return invalidHandle
}

// given reports whether n has been a handle of kind k.
func (h *Host) given(n uint32, k kind) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return kind(n) == k && h.objects[n] == nil && n>>8 != 0 && n>>8 <= h.last[k]
}
