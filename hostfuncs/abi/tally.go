package abi

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// Tally counts what guests call of the host, and adds up how long that takes. Several threads may
// use it at once.
type Tally struct {
	mu   sync.Mutex
	list map[*Function]*Tallied
}

// Tallied is what there is to tell of one function.
type Tallied struct {
	Module string        `json:"module"`
	Name   string        `json:"name"`
	Calls  int64         `json:"calls"`
	Time   time.Duration `json:"ns"`
}

// add notes a call of f that has taken d.
func (t *Tally) add(f *Function, d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.list == nil {
		t.list = map[*Function]*Tallied{}
	}
	of := t.list[f]
	if of == nil {
		of = &Tallied{Module: f.Module, Name: f.Name}
		t.list[f] = of
	}
	of.Calls++
	of.Time += d
}

// List is a line for each function that was called, those that took longest first.
func (t *Tally) List() []Tallied {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := make([]Tallied, 0, len(t.list))
	for _, of := range t.list {
		list = append(list, *of)
	}
	slices.SortFunc(list, func(a, b Tallied) int {
		return cmp.Or(-cmp.Compare(a.Time, b.Time), -cmp.Compare(a.Calls, b.Calls), cmp.Compare(a.Module, b.Module), cmp.Compare(a.Name, b.Name))
	})
	return list
}
