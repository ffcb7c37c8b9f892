package limits

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// purse is the gas that the threads of a guest have in common, and what those have used
// that have ended.
//
// A thread draws gas in pieces, so that it need not ask for every instruction. What it
// has drawn and not used it gives back when it waits ([Account.Release]) or ends. One
// that finds nothing left waits for those that may have some: when there are none, all
// gas has been used, to the last bit.
type purse struct {
	open atomic.Bool // there have been several threads

	mu      sync.Mutex
	free    int64         // gas that nobody has drawn, where it is limited
	changed chan struct{} // closed when there may be more, or nobody has any
	members []*Account    // of the threads that have not been added up
	ended   usage         // of those that have
}

// usage is what threads have used.
type usage struct {
	counts  amounts
	refused int64 // instructions that were, which are counted but not charged
	time    time.Duration
}

func (u *usage) add(v usage) {
	u.counts.add(v.counts)
	u.refused += v.refused
	u.time += v.time
}

// member is what an account has as one of several.
type member struct {
	ceiling   int64 // gas that it may have used in all: what it has drawn
	spare     bool  // it may not have used all of that; purse.mu is held
	joined    bool
	published [2]atomic.Int64 // counts as of the latest checkpoint, for others
}

// leastDraw is what a thread draws at a time at least, if there is as much.
const leastDraw = 1 << 10

// Fork is the account of a new thread of the guest, which begins with nothing used.
func (a *Account) Fork() *Account {
	p := &a.purse
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.open.Load() {
		p.members, p.changed = []*Account{a}, make(chan struct{})
		if a.variant.Limited {
			a.ceiling = a.counts(amounts{})[0]
			p.free = a.whole() - a.ceiling
		}
		p.open.Store(true)
		a.empty()
	}
	b := &Account{common: a.common, tally: new(tally)}
	p.members = append(p.members, b)
	return b
}

// Join adds up what the thread of a has used, which has ended. Nothing is used on a
// afterwards.
func (a *Account) Join() {
	p := &a.purse
	p.mu.Lock()
	defer p.mu.Unlock()
	if a.joined {
		return
	}
	a.joined = true
	u := a.usage()
	if a.variant.Limited {
		a.giveBack(a.ceiling - u.counts[0])
	}
	p.ended.add(u)
	p.members = slices.DeleteFunc(p.members, func(m *Account) bool { return m == a })
}

// usage is what the thread of a has used. What goes beyond its limit has been refused, or
// would have been had the guest not ended before.
func (a *Account) usage() usage {
	u := usage{counts: a.counts(amounts{}), time: a.total}
	if a.variant.Limited && a.purse.open.Load() {
		u.counts[0] = min(u.counts[0], a.ceiling)
	}
	if a.refused {
		u.refused = 1
	}
	return u
}

// sum is what all threads have used; of others that run, up to their latest checkpoints.
func (a *Account) sum() usage {
	u := a.usage()
	p := &a.purse
	if !p.open.Load() {
		return u
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	u.add(p.ended)
	for _, m := range p.members {
		if m != a {
			u.add(usage{counts: amounts{m.published[0].Load(), m.published[1].Load()}})
		}
	}
	return u
}

// publish tells others what a has used.
func (a *Account) publish() {
	if !a.purse.open.Load() {
		return
	}
	for k, n := range a.counts(amounts{}) {
		a.published[k].Store(n)
	}
}

// allowed is the limit of the gas of one of several threads, or negative.
func (a *Account) allowed() int64 {
	if !a.variant.Limited {
		return -1
	}
	return a.ceiling
}

// draw raises the limit of a by up to n, by as much as there is for it without waiting,
// and returns by how much.
func (a *Account) draw(n int64) int64 {
	p := &a.purse
	if n <= 0 || !p.open.Load() {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return a.take(min(n, p.share()))
}

// share is what a thread may draw beyond what it needs: the less there is left, the less,
// so that there is something for the others. p.mu is held.
func (p *purse) share() int64 {
	return min(p.free, max(p.free/int64(2*len(p.members)), leastDraw))
}

// take has a draw n. purse.mu is held.
func (a *Account) take(n int64) int64 {
	a.purse.free -= n
	a.ceiling += n
	a.spare = a.spare || n > 0
	return n
}

// giveBack is take's opposite, for one that has no more to spare then. purse.mu is held.
func (a *Account) giveBack(n int64) {
	p := &a.purse
	p.free += n
	a.ceiling -= n
	if a.spare = false; n > 0 || !p.spares() {
		close(p.changed)
		p.changed = make(chan struct{})
	}
}

// spares reports whether any thread may have gas that it has not used. p.mu is held.
func (p *purse) spares() bool {
	return slices.ContainsFunc(p.members, func(m *Account) bool { return m.spare })
}

// reserve raises the limit of a by n at least, and reports whether that could be done. It
// waits for other threads to use what they have drawn or to give it back, unless the
// guest is interrupted. When all gas is used up, a is left with what there was.
func (a *Account) reserve(n int64) bool {
	p := &a.purse
	if !p.open.Load() {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.free < n {
		a.giveBack(0)
	}
	for p.free < n {
		if !p.spares() {
			a.take(max(p.free, 0))
			a.spare = false
			return false
		}
		changed := p.changed
		p.mu.Unlock()
		interrupted := a.waitFor(changed)
		p.mu.Lock()
		if interrupted {
			return false
		}
	}
	a.take(n)
	a.take(p.share())
	return true
}

// waitFor waits for changed, and reports whether the guest was interrupted before.
func (a *Account) waitFor(changed <-chan struct{}) (interrupted bool) {
	var late <-chan time.Time
	if !a.deadline.IsZero() {
		timer := time.NewTimer(time.Until(a.deadline))
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-changed:
		return false
	case <-a.ended:
	case <-late:
	}
	return true
}

// Release gives the gas that the thread of a has not used to the others. It is called
// before the thread waits for something else than gas, where the counters are true: in a
// function of the host.
func (a *Account) Release() {
	p := &a.purse
	if !p.open.Load() {
		return
	}
	a.publish()
	if !a.variant.Limited {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if a.spare {
		a.giveBack(max(a.ceiling-a.counts(amounts{})[0], 0))
		a.empty()
	}
}

// empty has the counters of a run out at once.
func (a *Account) empty() {
	if !a.variant.Checked {
		return
	}
	for _, own := range a.counters {
		a.base[0] += int64(own[0].Get())
		own[0].Set(0)
	}
}

// widen makes limit that of all threads, where there is another.
func (a *Account) widen(limit int64) {
	p := &a.purse
	if !p.open.Load() || !a.variant.Limited {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free += limit - a.whole()
	close(p.changed)
	p.changed = make(chan struct{})
}
