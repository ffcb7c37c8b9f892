package threads

import (
	"errors"
	"sync"
	"testing"
)

// job is a thread that waits to be told how to end.
type job struct {
	end    chan error
	closed chan bool
}

func (j *job) Run() error       { return <-j.end }
func (j *job) Close(ended bool) { j.closed <- ended }

func startJob(g *Group) (id int32, j *job) {
	j = &job{make(chan error, 1), make(chan bool, 1)}
	return g.Start(func(int32) (Thread, Errno) { return j, 0 }), j
}

// TestNumbers states that numbers are from 1 to MaxID, that none is given twice as long as its
// thread lives, and that there is a bound on how many do.
func TestNumbers(t *testing.T) {
	g := NewGroup(3, func() {})
	first, a := startJob(g)
	g.last = MaxID - 1
	highest, b := startJob(g)
	second, c := startJob(g)
	if first != 1 || highest != MaxID || second != 2 {
		t.Errorf("numbers %d, %d, %d", first, highest, second)
	}
	if id, _ := startJob(g); id != int32(EAGAIN) {
		t.Errorf("a fourth thread is %d", id)
	}
	if id := NewGroup(1, nil).Start(func(int32) (Thread, Errno) { return nil, ENOMEM }); id != int32(ENOMEM) {
		t.Errorf("one that fails is %d", id)
	}
	for _, j := range []*job{a, b, c} {
		j.end <- nil
		if <-j.closed {
			t.Error("a thread that just ends has ended the others")
		}
	}
	if err := g.End(); err != nil || g.Len() != 0 {
		t.Errorf("%v, %d threads", err, g.Len())
	}
}

// TestFirstFailureEndsAll states that of threads which fail at once one ends the others, once, and
// that there may be threads again afterwards.
func TestFirstFailureEndsAll(t *testing.T) {
	var mu sync.Mutex
	kills := 0
	g := NewGroup(0, func() { mu.Lock(); kills++; mu.Unlock() })
	for round := range 20 {
		var jobs []*job
		for range 5 {
			_, j := startJob(g)
			jobs = append(jobs, j)
		}
		failed := errors.New("failed")
		for _, j := range jobs {
			j.end <- failed
		}
		first := 0
		for _, j := range jobs {
			if <-j.closed {
				first++
			}
		}
		if !g.Failed() {
			t.Error("no failure is known")
		}
		if id, _ := startJob(g); id != int32(EAGAIN) {
			t.Errorf("a thread starts behind the end: %d", id)
		}
		if err := g.End(); !errors.Is(err, failed) || first != 1 || kills != round+1 {
			t.Errorf("%v, %d were first, %d kills", err, first, kills)
		}
	}
}
