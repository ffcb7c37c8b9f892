package hostnet

import "sync/atomic"

// Waker ends the waiting of calls. The zero Waker is ready for use.
type Waker struct{ woken atomic.Bool }

// Stop ends what waits, and what is about to.
func (w *Waker) Stop() { w.woken.Store(true) }

// Resume undoes Stop. Nothing may wait.
func (w *Waker) Resume() { w.woken.Store(false) }

// Close frees w, which nothing waits with any more.
func (*Waker) Close() error { return nil }
