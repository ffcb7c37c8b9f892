package hostnet

import "sync/atomic"

// Waker ends the waiting of calls, for good. The zero Waker is ready for use.
type Waker struct{ woken atomic.Bool }

// Wake ends what waits, and what is about to.
func (w *Waker) Wake() { w.woken.Store(true) }

// Close frees w, which nothing waits with any more.
func (*Waker) Close() error { return nil }
