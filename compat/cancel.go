package compat

import (
	"context"
	"time"

	"github.com/wazedge/wazedge/compat/value"
)

// CallLimits bound one call.
type CallLimits struct {
	// Gas is what may be used, where the [Config.Limits] have a limit of gas; nil bounds
	// nothing. It stands for that limit from then on. Of a call within another one it bounds
	// this call alone, and the limit of the other holds too.
	Gas *uint64

	// Time is how long the call may take; 0 is no bound. The error is then that of the
	// code [Interrupted], with [context.DeadlineExceeded] as its cause.
	Time time.Duration
}

// InvokeWithin is [Instance.Invoke] within bounds of its own.
func (i *Instance) InvokeWithin(ctx context.Context, l CallLimits, name string, args ...value.Value) ([]value.Value, error) {
	if l.Gas != nil && i.store.config.Limits.GasLimit != nil {
		defer i.store.linked.Allow(*l.Gas)()
	}
	if l.Time > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, l.Time)
		defer cancel()
	}
	return i.Invoke(ctx, name, args...)
}

// Interrupt ends the call that is under way in s, or the next one, with the code of an
// interruption and cause, which [errors.Is] finds in its error. It may be called by any
// goroutine. The [Config] must not be uninterruptible.
func (s *Store) Interrupt(cause error) { s.linked.Interrupt(cause) }
