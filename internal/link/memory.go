package link

import (
	"errors"

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

// waiting is what a thread of a that waits has to know.
func (s *Store) waiting(a *limits.Account) diagnose.Waiting {
	return diagnose.Waiting{Account: a, Second: s.config.Second}
}
