package diagnose

import (
	"time"

	"github.com/wazedge/wazedge/limits"
)

// Waiting is what a thread that waits has to know of its guest's account.
type Waiting struct {
	Account *limits.Account
	Second  bool // the guest is run for the second time, and nobody waits
}

// Pause implements [engine.Account].
func (w Waiting) Pause() error {
	if w.Second {
		return ErrDiffers
	}
	if err := w.Account.Pause(); err != nil {
		return err
	}
	return nil
}

// Interrupted implements [engine.Account].
func (w Waiting) Interrupted() <-chan struct{} {
	if w.Second {
		ended := make(chan struct{})
		close(ended)
		return ended
	}
	return w.Account.Interrupted()
}

// Deadline implements [engine.Account].
func (w Waiting) Deadline() (time.Time, bool) { return w.Account.Deadline() }

// Release implements [engine.Account].
func (w Waiting) Release() { w.Account.Release() }
