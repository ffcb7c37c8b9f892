package limits

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/machine"
	"github.com/wazedge/wazedge/internal/wasm"
)

// Config is what of an execution is to be known, and its bounds: all that there are,
// whoever holds them. The zero value wants nothing, and bounds what stands there.
type Config struct {
	Instructions bool // count instructions
	Gas          bool // count gas
	Time         bool // measure time
	Profile      bool // keep a [Profile]

	Costs    *Costs  // in gas; nil stands for 1 for every instruction
	GasLimit *uint64 // gas that may be used, from instantiation on

	// TimeLimit is how long loading and running a module may take, in wall-clock time
	// from [Account.Start] on; a negative one is over at once, 0 is none.
	TimeLimit time.Duration

	// Interruptible lets [Account.Interrupt] end the guest, which any limit does, too.
	Interruptible bool

	Gauge *Gauge // is told while the guest runs; nil where nobody reads it

	MaxDepth uint32 // calls that may be active at once; 0 for no bound but the engine's

	// MemoryPages bounds every linear memory, in pages of 64 KiB; nil stands for no
	// bound but that of WebAssembly. As in WasmEdge, a memory that declares a larger
	// minimum is made with MemoryPages pages.
	MemoryPages *uint32

	// TableElements bounds every table; 0 stands for ten million elements where the
	// guest can make tables grow.
	TableElements uint32

	// MaxMemory bounds what the linear memories, tables and objects of all instances
	// take together, in bytes; 0 stands for three quarters of what the machine has for
	// this process.
	MaxMemory uint64

	MaxHeap      uint64 // bytes of objects; 0 for no bound but that of memory
	MaxThreads   int    // threads at once beside the first; 0 for 1024
	MaxOpenFiles int    // descriptors at once; 0 for no limit
	MaxOutput    int64  // bytes to standard output and error in all; 0 for no limit
}

// WholeMemory is the bound of what memories, tables and objects take together, in bytes.
func (c *Config) WholeMemory() uint64 {
	if c.MaxMemory > 0 {
		return c.MaxMemory
	}
	if n := machine.Memory(); n > 0 {
		return n / 4 * 3
	}
	return math.MaxUint64
}

// preciseGas is the limit up to which modules are metered such that the refused
// instruction is known. It is used up in so short a time that the price of it is
// not noticed.
const preciseGas = 1 << 25

// Variant is the way of metering that c takes.
func (c *Config) Variant() Variant {
	v := Variant{
		Instructions: c.Instructions || c.Profile,
		Gas:          c.Gas || c.GasLimit != nil,
		Costs:        c.Costs,
		Checked:      c.GasLimit != nil || c.TimeLimit != 0 || c.Profile || c.Interruptible || c.Gauge != nil,
		Limited:      c.GasLimit != nil,
		MaxDepth:     c.MaxDepth,
	}
	v.Precise = v.Limited && *c.GasLimit <= preciseGas
	return v
}

// At some checkpoints the goroutine gives way to others that are ready. Go would have it do so after ten milliseconds; where guests
// compute on all cores, a collection would wait for that again and again, as its workers are scheduled like the rest. Giving
// way to nobody wakes another core in vain. So there are yieldLeast checkpoints between two such, and twice as many
// as before, up to yieldMost, where it was over sooner than others would have let it be. The first comes after yieldFirst.
const (
	yieldLeast = 4
	yieldFirst = 32
	yieldMost  = 128
	othersRan  = 250 * time.Microsecond
)

// Counter is a global of a metered module.
type Counter interface {
	Get() uint64
	Set(uint64)
}

// Account is what one run of a guest has used and may use; where the guest has
// threads, what one of them has ([Account.Fork]). Its methods are for
// the goroutine that runs the guest, save Interrupt and HostSpent.
type Account struct {
	*common
	*tally

	sample func() // for a Profile; may be nil
	told   told

	began time.Time
	total time.Duration

	member // among the threads
}

// tally is what an account counts by.
type tally struct {
	counters [][2]Counter // of every instance
	base     amounts      // true counts less the counters
	refused  bool         // an instruction was, which is counted but not charged
	last     checkpoint   // the latest
	pace     pace
	turns    uint32 // checkpoints until the goroutine gives way
	pause    uint32 // between the two times before that
}

// common is what the accounts of all threads of a guest share.
type common struct {
	config  Config
	variant Variant

	cause    atomic.Pointer[fault.Error] // of an interruption; set with ending held
	ended    chan struct{}               // closed once there is a cause
	ending   sync.Mutex                  // has Interrupt and Resume change both
	deadline time.Time                   // zero before Start
	host     atomic.Int64                // nanoseconds

	purse purse
}

// NewAccount is an account with nothing used.
func NewAccount(c Config) *Account {
	return &Account{common: &common{config: c, variant: c.Variant(), ended: make(chan struct{})}, tally: new(tally)}
}

// Twin is an account under the bounds of a, for an instance that does what another one does: it begins with what a has used,
// and counts for itself. The guest has one thread.
func (a *Account) Twin() *Account {
	own := *a.tally
	own.counters = slices.Clone(own.counters)
	return &Account{common: a.common, tally: &own}
}

// Follow has what twin, a [Account.Twin] of a, has used and will use be what a does. What other twins use is nobody's.
func (a *Account) Follow(twin *Account) { a.tally = twin.tally }

// Renew makes a an account by c with nothing used. No call is under way, and there has been
// one thread.
func (a *Account) Renew(c Config) {
	a.common = NewAccount(c).common
	*a.tally = tally{counters: a.counters[:0]}
	a.began, a.total, a.told = time.Time{}, 0, told{}
}

// Constants charges the constant expressions of m, which instantiation evaluates.
// The error is that of the limit of gas.
func (a *Account) Constants(m *wasm.Module) *fault.Error {
	if !a.variant.exact() {
		return nil
	}
	c := constants{prices: a.variant.prices(), limit: a.limit()}
	info := c.module(m)
	a.base.add(c.used)
	if info == nil {
		return nil
	}
	a.refused = true
	return exceeded(info...)
}

// limit is the limit of the gas of a, or negative.
func (a *Account) limit() int64 {
	if a.purse.open.Load() {
		return a.allowed()
	}
	return a.whole()
}

// whole is the limit of gas of all threads, or negative.
func (a *Account) whole() int64 {
	if a.config.GasLimit == nil {
		return -1
	}
	return int64(min(*a.config.GasLimit, math.MaxInt64))
}

// over reports whether count is beyond the limit of gas, and stays so whatever other
// threads give back.
func (a *Account) over(count int64) bool {
	limit := a.limit()
	return limit >= 0 && count > limit && !a.reserve(count-limit)
}

// Connect makes the globals of a new instance counters of a, beside those of the instances
// before it.
func (a *Account) Connect(counters ...Counter) {
	var own [2]Counter
	for k, c := range counters {
		own[k] = c
		c.Set(0)
	}
	a.counters = append(a.counters, own)
	if a.variant.Checked {
		own[0].Set(uint64(a.refill(0)))
	}
}

// refill is what to set the first counter of an instance to, which stands at c, for the
// next quantum. What is true does not change. With a limit of gas, the counter runs out
// where the limit is reached; what other instances use in the meantime, no more than a
// quantum each, is found at the next checkpoint.
func (a *Account) refill(c int64) int64 {
	s := a.quantum()
	if limit := a.limit(); limit >= 0 {
		left := limit - a.counts(amounts{})[0]
		s = min(s, left+a.draw(s-left))
	}
	a.base[0] += c + s
	return -s
}

// checkpoint is a call of [Account.Checkpoint].
type checkpoint struct {
	at    where
	count int64 // true
}

// Checkpoint is called by the guest when its first counter, which is at c, has run out;
// the true count exceeds it by off, and at is the place. It returns what to set the
// counter to. The error ends the guest.
func (a *Account) Checkpoint(c, off int64, at int32) (int64, *fault.Error) {
	a.last = checkpoint{where(at), a.counts(amounts{})[0] + off}
	if a.over(a.last.count) {
		if err := a.Pause(); err != nil && a.purse.open.Load() {
			return c, err
		}
		return c, exceeded()
	}
	a.publish()
	a.tell()
	if err := a.cause.Load(); err != nil {
		return c, err
	}
	now := time.Now()
	if a.lateAt(now) {
		return c, Interrupted()
	}
	a.pace.keep(now)
	if a.sample != nil {
		a.sample()
	}
	if a.turns == 0 {
		a.yield()
	}
	a.turns--
	return a.refill(c), nil
}

// yield gives way to other goroutines, and says when to do so again.
func (a *Account) yield() {
	if a.pause == 0 {
		a.pause = yieldFirst
	} else {
		before := time.Now()
		runtime.Gosched()
		if a.pause = min(2*a.pause, yieldMost); time.Since(before) > othersRan {
			a.pause = yieldLeast
		}
	}
	a.turns = a.pause
}

// Pause is called by functions of the host that take long, every few milliseconds.
// The error ends the guest.
func (a *Account) Pause() *fault.Error {
	if err := a.cause.Load(); err != nil {
		return err
	}
	if a.late() {
		return Interrupted()
	}
	return nil
}

// late reports whether the deadline has passed.
func (a *Account) late() bool { return !a.deadline.IsZero() && a.lateAt(time.Now()) }

// lateAt reports whether it has passed by now.
func (a *Account) lateAt(now time.Time) bool { return !a.deadline.IsZero() && !now.Before(a.deadline) }

// Interrupt ends the guest, with err, at its next checkpoint, at most a millisecond or
// so later. Only the first call counts. It may be called at any time.
func (a *Account) Interrupt(err *fault.Error) {
	a.ending.Lock()
	defer a.ending.Unlock()
	if a.cause.CompareAndSwap(nil, err) {
		close(a.ended)
	}
}

// Resume undoes Interrupt, for a guest that is called again. No call may be under way.
func (a *Account) Resume() {
	a.ending.Lock()
	defer a.ending.Unlock()
	if a.cause.Load() != nil {
		a.ended = make(chan struct{})
		a.cause.Store(nil)
	}
}

// Allow bounds the gas that may be used from now on; see [Config.GasLimit], without which
// the guest does not look. No call may be under way.
func (a *Account) Allow(gas uint64) { a.bound(a.after(gas)) }

// Nest is Allow for a call within another one, whose limit holds as well, and is back
// once done is called. There is a limit.
func (a *Account) Nest(gas uint64) (done func()) {
	outer := *a.config.GasLimit
	a.bound(min(outer, a.after(gas)))
	return func() { a.bound(outer) }
}

// after is the limit by which gas may be used from now on.
func (a *Account) after(gas uint64) uint64 {
	used := uint64(max(a.sum().counts[0], 0))
	return used + min(gas, math.MaxInt64-used)
}

// bound makes limit that of gas.
func (a *Account) bound(limit uint64) {
	a.widen(int64(min(limit, math.MaxInt64)))
	a.config.GasLimit = &limit
	if !a.variant.Checked {
		return
	}
	for _, own := range a.counters {
		c := own[0]
		c.Set(uint64(a.refill(int64(c.Get()))))
	}
}

// Interrupted is closed by [Account.Interrupt].
func (a *Account) Interrupted() <-chan struct{} { return a.ended }

// Deadline is when the time limit ends the guest, if it runs.
func (a *Account) Deadline() (time.Time, bool) { return a.deadline, !a.deadline.IsZero() }

// Interrupted is the error of a guest that has run into its deadline.
func Interrupted() *fault.Error { return fault.New(fault.Interrupted) }

// exceeded is the error of a guest that has run into its limit of gas.
// ExceededLine is what WasmEdge logs in place of a code when the limit of gas is
// reached.
const ExceededLine = "Cost exceeded limit. Force terminate the execution."

func exceeded(info ...string) *fault.Error { return fault.New(fault.CostLimitExceeded, info...) }

// counts are what the counters say, behind off.
func (a *Account) counts(off amounts) amounts {
	n := a.base
	n.add(off)
	for _, own := range a.counters {
		for k, c := range own {
			if c != nil {
				n[k] += int64(c.Get())
			}
		}
	}
	return n
}

// settle makes counts the truth.
func (a *Account) settle(counts amounts) {
	a.base.add(minus(counts, a.counts(amounts{})))
}

// Begin notes that the guest is about to be called. The error is that of the time
// limit: then it must not be.
func (a *Account) Begin() *fault.Error {
	a.Start()
	a.began = time.Now()
	a.told.at = a.began
	if a.late() {
		return Interrupted()
	}
	return nil
}

// Idle says that the guest has not run for d of the present call.
func (a *Account) Idle(d time.Duration) { a.began = a.began.Add(d) }

// Host is the time that host functions have taken, where it is measured.
func (a *Account) Host() time.Duration { return time.Duration(a.host.Load()) }

// Start has the time limit begin to run, unless it does already, and returns the
// deadline, if there is one.
func (a *Account) Start() (deadline time.Time, limited bool) {
	if a.config.TimeLimit != 0 && a.deadline.IsZero() {
		a.deadline = time.Now().Add(a.config.TimeLimit)
	}
	return a.Deadline()
}

// End notes that it is over with, and whether the guest has returned of itself.
// The error is that of the limit of gas, if it has gone beyond it without having
// looked.
func (a *Account) End(returned bool) *fault.Error {
	a.total += time.Since(a.began)
	a.tell()
	if returned && a.over(a.counts(amounts{})[0]) {
		a.RefuseSomewhere()
		return exceeded()
	}
	return nil
}

// Trapped settles the account of a guest that has trapped in the instruction at an
// offset of the module's file. If it had gone beyond the limit of gas by then, the
// trap is none, and the Refusal is what has happened instead.
func (a *Account) Trapped(l *Locator, offset int64) (*Refusal, error) {
	if !a.variant.exact() {
		return nil, nil
	}
	p, err := l.locate(offset)
	if err != nil {
		return nil, err
	}
	i := p.edge()
	if i < 0 {
		return nil, fmt.Errorf("nobody gets to offset %#x", offset)
	}
	off, err := p.behind(i)
	if err != nil {
		return nil, err
	}
	counts := a.counts(off)
	if a.over(counts[0]) {
		r := a.refuse(p, i, a.counts(minus(p.plan.within(i), p.plan.edges[i].lead)))
		return &r, nil
	}
	a.settle(counts)
	return nil, nil
}

// Exceeded settles the account of a guest that has come to a checkpoint in the module's own
// function fn, and was told that the limit is exceeded.
func (a *Account) Exceeded(l *Locator, fn int) (Refusal, error) {
	p, err := l.function(fn)
	if err != nil {
		return a.RefuseSomewhere(), err
	}
	i := int(a.last.at / 2)
	e := &p.plan.edges[i]
	counts := a.counts(amounts{})
	counts[0] = a.last.count
	if a.last.at == atEnd(i) {
		if a.variant.counters() == 2 {
			counts[1] = a.counts(p.plan.behind(i))[1]
		}
		counts = minus(counts, e.cost)
	} else {
		if a.variant.counters() == 2 {
			counts[1] = a.counts(p.plan.within(i))[1]
		}
		counts = minus(counts, e.lead)
	}
	return a.refuse(p, i, counts), nil
}

// refuse settles the account of a guest whose counts go beyond the limit on edge i
// from start.
func (a *Account) refuse(p place, i int, start amounts) Refusal {
	r, ok := p.refused(i, start, a.limit())
	if !ok {
		return a.RefuseSomewhere()
	}
	a.settle(r.used)
	a.refused = true
	return r
}

// RefuseSomewhere settles the account of a guest that has gone beyond the limit
// nobody knows where. That leaves the last bit of gas used up.
func (a *Account) RefuseSomewhere() Refusal {
	counts := a.counts(amounts{})
	r := Refusal{Offset: -1, used: amounts{a.limit(), counts[1] + a.limit() - counts[0]}}
	a.settle(r.used)
	a.refused = true
	return r
}

// HostSpent adds to the time that host functions have taken. It may be called at
// any time.
func (a *Account) HostSpent(d time.Duration) {
	a.host.Add(int64(d))
	if g := a.config.Gauge; g != nil {
		g.host.Add(int64(d))
	}
}

// Statistics is what all threads have used so far; their times are added up.
func (a *Account) Statistics() Statistics {
	s := Statistics{
		Time: a.config.Time, Instructions: a.config.Instructions, Gas: a.config.Gas || a.config.GasLimit != nil,
		GasLimit: a.config.GasLimit,
		Host:     time.Duration(a.host.Load()),
	}
	all := a.sum()
	s.Wasm = max(all.time-s.Host, 0)
	s.GasCosts, s.Count = uint64(all.counts[0]), uint64(a.executed(all.counts)+all.refused)
	return s
}

// instructions are those that have been executed, where the counters are true.
func (a *Account) instructions() int64 { return a.executed(a.counts(amounts{})) }

// executed is how many instructions counts tell of.
func (a *Account) executed(counts amounts) int64 {
	k := a.variant.counters() - 1
	if k < 0 {
		return 0
	}
	return counts[k]
}

// Deep is called by the guest when it has too many calls active. The error ends it.
func (a *Account) Deep() *fault.Error {
	return fault.New(fault.RuntimeError, "Call depth limit exceeded.")
}
