package compat

import (
	"context"

	"github.com/wazedge/wazedge/internal/fault"
)

// watch ends what is called in s when ctx ends: compiled code looks at the account, and
// host functions that wait are woken. The caller calls done when the call is over;
// then s can be called again.
func (s *Store) watch(ctx context.Context) (done func()) {
	if ctx.Done() == nil || !s.config.cancellable() {
		return func() {}
	}
	over := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(over)
		s.Interrupt(context.Cause(ctx))
	})
	return func() {
		if stop() {
			return
		}
		<-over
		s.account.Resume()
		s.guest.Resume()
	}
}

// Interrupt ends the call that is under way in s, or the next one, with the code of an
// interruption and cause, which [errors.Is] finds in its error. It may be called by any
// goroutine. The [Config] must not be uninterruptible.
func (s *Store) Interrupt(cause error) {
	f := &fault.Error{Code: fault.Interrupted, Offset: -1, Err: cause}
	s.account.Interrupt(f)
	s.guest.Interrupt(f)
}
