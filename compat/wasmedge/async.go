package wasmedge

import (
	"context"
	"time"
)

// Async is something that is executed in the background.
type Async struct {
	cancel  context.CancelFunc
	done    chan struct{}
	results []interface{}
	err     error
}

func newAsync(f func(context.Context) ([]interface{}, error)) *Async {
	ctx, cancel := context.WithCancel(context.Background())
	a := &Async{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer cancel()
		defer close(a.done)
		a.results, a.err = f(ctx)
	}()
	return a
}

// WaitFor waits for the end, no longer than millisec milliseconds, and reports whether it is
// there.
func (a *Async) WaitFor(millisec int) bool {
	timer := time.NewTimer(time.Duration(millisec) * time.Millisecond)
	defer timer.Stop()
	select {
	case <-a.done:
		return true
	case <-timer.C:
		return false
	}
}

// Cancel ends what is executed, with the code of an interruption. It does not wait for that.
func (a *Async) Cancel() { a.cancel() }

// GetResult waits for the end, and is what a call that waits would have returned.
func (a *Async) GetResult() ([]interface{}, error) {
	<-a.done
	return a.results, a.err
}

// Release ends what is still executed, and waits for that.
func (a *Async) Release() {
	if a == nil {
		return
	}
	a.cancel()
	<-a.done
}
