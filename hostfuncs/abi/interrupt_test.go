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
	woken := make(chan bool, 4)
	g.OnInterrupt(func() { woken <- true })
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
	<-woken
	g.OnInterrupt(func() { woken <- true })
	<-woken
	if !g.Interrupted() || g.Sleep(time.Hour) {
		t.Error("the guest goes on")
	}
}

// What cannot be interrupted is run where it is called.
func TestPatientlyWithoutInterruption(t *testing.T) {
	want := errors.New("what came of it")
	if err := NewGuest(GuestConfig{}).Patiently(func() error { return want }); err != want {
		t.Error(err)
	}
}
