package engine

import (
	"sync"
	"sync/atomic"
)

// Budget is how much memory the instances of a [Store] may take, all of their linear
// memories, tables and objects together. A nil *Budget has no end.
type Budget struct {
	limit func() uint64 // bytes
	free  uint64        // bytes that there are whatever the limit is
	taken atomic.Uint64
}

// freeBytes is what a budget has room for whose limit is to be found out, so that small guests
// are not kept waiting for that.
const freeBytes = 32 << 20

// NewBudget is a budget of given bytes; with 0, of as many as limit says when it is first asked,
// when more than a little is wanted.
func NewBudget(given uint64, limit func() uint64) *Budget {
	if given > 0 {
		return &Budget{limit: func() uint64 { return given }}
	}
	return &Budget{limit: sync.OnceValue(limit), free: freeBytes}
}

// Take takes n bytes, if there are so many left.
func (b *Budget) Take(n uint64) bool {
	if b == nil || n == 0 {
		return true
	}
	for {
		taken := b.taken.Load()
		end := taken + n
		if end < n || end > b.free && end > b.limit() {
			return false
		}
		if b.taken.CompareAndSwap(taken, end) {
			return true
		}
	}
}

// Give gives back n bytes that were taken.
func (b *Budget) Give(n uint64) {
	if b != nil {
		b.taken.Add(-n)
	}
}
