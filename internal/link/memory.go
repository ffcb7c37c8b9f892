package link

import (
	"errors"
	"time"

	"github.com/wazedge/wazedge/internal/diagnose"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/refusal"
	"github.com/wazedge/wazedge/limits"
)

// noMemory is err, or what it means when there was no memory.
func noMemory(err error) error {
	if errors.Is(err, engine.ErrNoMemory) {
		return refusal.NoMemory()
	}
	return err
}

// waiting is what a thread that waits has to know of its guest's account.
type waiting struct {
	store   *Store
	account *limits.Account
}

func (w waiting) Pause() error {
	if w.store.config.Second {
		return diagnose.ErrDiffers
	}
	if err := w.account.Pause(); err != nil {
		return err
	}
	return nil
}

func (w waiting) Interrupted() <-chan struct{} {
	if w.store.config.Second {
		ended := make(chan struct{})
		close(ended)
		return ended
	}
	return w.account.Interrupted()
}

func (w waiting) Deadline() (time.Time, bool) { return w.account.Deadline() }

func (w waiting) Release() { w.account.Release() }
