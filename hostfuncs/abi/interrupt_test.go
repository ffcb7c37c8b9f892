package abi

import (
	"errors"
	"testing"
	"time"
)

// Whatever waits for a guest gives up when it is interrupted, and what comes later
// does not wait.
func TestInterruptEndsWhatWaits(t *testing.T) {
	g := NewGuest(GuestConfig{Interruptible: true})
	early, late := &bell{}, &bell{}
	g.OnInterrupt(early)
	ctx, cancel := g.Context()
	defer cancel()
	forever := make(chan struct{})
	defer close(forever)
	ended := make(chan error, 2)
	go func() {
		ended <- g.Patiently(func() error { <-forever; return nil })
	}()
	go func() {
		if g.Sleep(time.Hour) {
			ended <- errors.New("slept")
			return
		}
		ended <- ErrInterrupted
	}()
	g.Interrupt(errors.New("time is up"))
	for range 2 {
		if err := <-ended; err != ErrInterrupted {
			t.Error(err)
		}
	}
	<-ctx.Done()
	g.OnInterrupt(late)
	if !g.Interrupted() || g.Sleep(time.Hour) || !early.stopped || !late.stopped {
		t.Error("the guest goes on")
	}
	g.Resume()
	if g.Interrupted() || g.Cause() != nil || !g.Sleep(time.Nanosecond) || early.stopped || late.stopped {
		t.Error("the guest does not go on")
	}
	g.StopWaiting()
	if g.Interrupted() || g.Sleep(time.Hour) || !early.stopped {
		t.Error("the guest waits, or has been interrupted")
	}
}

// bell is a way to wait that knows whether it has been stopped.
type bell struct{ stopped bool }

func (b *bell) Stop()   { b.stopped = true }
func (b *bell) Resume() { b.stopped = false }

// What cannot be interrupted is run where it is called.
func TestPatientlyWithoutInterruption(t *testing.T) {
	want := errors.New("what came of it")
	if err := NewGuest(GuestConfig{}).Patiently(func() error { return want }); err != want {
		t.Error(err)
	}
}
