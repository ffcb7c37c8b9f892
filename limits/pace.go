package limits

import "time"

// quantum is what a guest may count until it has to come to a checkpoint, to begin with: less than
// a millisecond's worth of instructions. Where samples are taken, it is a tenth of
// the time between two.
const (
	quantum       = 1 << 17
	sampleQuantum = 1 << 14
)

// What is counted takes a different time in each guest, the more as ticks are charged for what a loop could have run that is left
// early. A checkpoint takes as long as a thousand instructions. So where two follow upon each other sooner than
// soon, the quantum is doubled, up to mostDoubled times, and it is halved again where they are further apart than seldom.
const (
	mostDoubled = 3
	soon        = 128 * time.Microsecond
	seldom      = 512 * time.Microsecond
)

// pace says how far apart the checkpoints of a guest are.
type pace struct {
	doubled int
	latest  time.Time
}

// keep notes a checkpoint.
func (p *pace) keep(now time.Time) {
	switch passed := now.Sub(p.latest); {
	case passed < soon:
		p.doubled = min(p.doubled+1, mostDoubled)
	case passed > seldom:
		p.doubled = max(p.doubled-1, 0)
	}
	p.latest = now
}

// quantum is that of a's guest. Where others use the same limit of gas, it bounds by how much that is exceeded.
func (a *Account) quantum() int64 {
	switch {
	case a.config.Profile:
		return sampleQuantum
	case a.config.GasLimit != nil && (len(a.counters) > 1 || a.purse.open.Load()):
		return quantum
	}
	return quantum << a.pace.doubled
}
