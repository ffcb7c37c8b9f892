package link

import (
	"errors"
	"fmt"
	"time"

	"github.com/wazedge/wazedge/internal/diagnose"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/limits"
)

// growRefused is what WasmEdge logs when a guest grows a memory beyond the limit.
func growRefused(pages uint32) string {
	return fmt.Sprintf("Memory Instance: Memory grow page failed, exceeded limited %d page size in configuration.", pages)
}

// errNoTables is the error of a module whose tables do not fit the bound of memory.
func errNoTables() *fault.Error {
	return fault.New(fault.RuntimeError, "The tables need more memory than there may be.", fault.ASTNode("table section"), fault.ASTNode("module"))
}

// errNoMemory is the error of a module whose linear memories do not fit the bound of
// memory, or for which the system has no room.
func errNoMemory() *fault.Error {
	return fault.New(fault.RuntimeError, "Memory Instance: Unable to find usable memory address.", fault.ASTNode("memory section"), fault.ASTNode("module"))
}

// noMemory is err, or what it means when there was no memory.
func noMemory(err error) error {
	if errors.Is(err, engine.ErrNoMemory) {
		return errNoMemory()
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
