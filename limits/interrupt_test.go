package limits

import (
	"sync"
	"testing"

	"github.com/wazedge/wazedge/internal/fault"
)

// TestInterruptionsAreWhole states that whoever waits for an interruption and whoever looks for one see the same one,
// whenever one comes and another is undone.
func TestInterruptionsAreWhole(t *testing.T) {
	a := NewAccount(Config{Interruptible: true})
	interrupted := func() bool {
		select {
		case <-a.Interrupted():
			return true
		default:
			return false
		}
	}
	for range 1000 {
		var others sync.WaitGroup
		for range 2 {
			others.Go(func() { a.Interrupt(Interrupted()) })
		}
		a.Resume()
		others.Wait()
		if waits, looks := interrupted(), a.Pause() != nil; waits != looks {
			t.Fatalf("who waits is told %t, who looks %t", waits, looks)
		}
		a.Interrupt(fault.New(fault.Terminated))
		if !interrupted() || a.Pause() == nil {
			t.Fatal("an interruption is not seen")
		}
		a.Resume()
		if interrupted() || a.Pause() != nil {
			t.Fatal("an interruption that is undone is seen")
		}
	}
}
