package engine

import (
	"context"
	"sync"
	"time"

	"github.com/tetratelabs/wazero/api"

	"github.com/wazedge/wazedge/internal/engine/private"
)

// Account is what functions of the host that take long ask about the guest.
type Account interface {
	// Pause returns the error with which the guest is to end now, or nil.
	Pause() error
	// Interrupted is closed when it is to end.
	Interrupted() <-chan struct{}
	// Deadline is when it is to end at the latest, if there is such a time.
	Deadline() (time.Time, bool)
	// Release is called before the thread waits for something that others may do.
	Release()
}

// Services is the instance, called name in stack traces, that exports what lowered modules
// wait, notify and grow tables with.
func (r *Runtime) Services(ctx context.Context, name string) (*Instance, error) {
	return r.Shared(ctx, name, r.serve)
}

// serve makes the instance of [Runtime.Services].
func (r *Runtime) serve(ctx context.Context, name string) (*Instance, error) {
	b := r.wazero.NewHostModuleBuilder(name)
	i32, i64 := api.ValueTypeI32, api.ValueTypeI64
	export := func(name string, f func(t *Thread, mod api.Module, stack []uint64) uint32, params ...api.ValueType) {
		b.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(func(ctx context.Context, mod api.Module, stack []uint64) {
			stack[0] = uint64(f(ThreadOf(ctx), mod, stack))
		}), params, []api.ValueType{i32}).Export(name)
	}
	export("enter", func(t *Thread, mod api.Module, stack []uint64) uint32 {
		return t.store.waits.enter(waitKey{mod.Memory(), stack[0]})
	}, i64)
	export("wait", func(t *Thread, _ api.Module, stack []uint64) uint32 {
		return OrTrap(t.store.waits.wait(t.account, uint32(stack[0]), int64(stack[1]), uint32(stack[2]) != 0))
	}, i32, i64, i32)
	export("notify", func(t *Thread, mod api.Module, stack []uint64) uint32 {
		return t.store.waits.notify(waitKey{mod.Memory(), stack[0]}, uint32(stack[1]))
	}, i64, i32)
	export("grow", func(t *Thread, mod api.Module, stack []uint64) uint32 {
		t.asked = t.store.growth.grow(mod, uint32(stack[0]), uint32(stack[1]))
		return t.asked
	}, i32, i32)
	export("grown", func(t *Thread, _ api.Module, stack []uint64) uint32 {
		return t.store.growth.grown(t.asked, uint32(stack[0]))
	}, i32)
	return r.InstantiateHost(ctx, b)
}

// waits are the threads that wait at addresses of shared memories.
type waits struct {
	mu      sync.Mutex
	queues  map[waitKey][]*waiter // by who came first
	tickets map[uint32]*waiter
	next    uint32
}

// waitKey is an address of a memory, whoever imports it.
type waitKey struct {
	memory  api.Memory
	address uint64
}

type waiter struct {
	key   waitKey
	woken chan struct{} // closed by notify
}

// The results of memory.atomic.wait32 (threads proposal).
const (
	waitOK       = 0
	waitNotEqual = 1
	waitTimedOut = 2
)

// enter puts a new waiter at the end of the queue of key and returns its ticket.
func (w *waits) enter(key waitKey) uint32 {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.tickets[w.next] != nil {
		w.next++
	}
	if w.queues == nil {
		w.queues, w.tickets = map[waitKey][]*waiter{}, map[uint32]*waiter{}
	}
	x := &waiter{key, make(chan struct{})}
	w.queues[key] = append(w.queues[key], x)
	w.tickets[w.next] = x
	return w.next
}

// leave takes the waiter of ticket out, and reports whether it was woken before.
func (w *waits) leave(ticket uint32) (woken bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	x := w.tickets[ticket]
	delete(w.tickets, ticket)
	queue := w.queues[x.key]
	for i := range queue {
		if queue[i] == x {
			w.setQueue(x.key, append(queue[:i:i], queue[i+1:]...))
			return false
		}
	}
	return true
}

func (w *waits) setQueue(key waitKey, queue []*waiter) {
	if len(queue) == 0 {
		delete(w.queues, key)
		return
	}
	w.queues[key] = queue
}

// farAway is longer than any process lives. A timer for it keeps the Go runtime from
// taking a guest that waits for ever for a defect.
const farAway = 100 * 365 * 24 * time.Hour

// wait waits for the waiter of ticket to be woken, for timeout nanoseconds, or for
// ever if that is negative. Without waits, it does not: the value in memory is
// another than was expected. account, which may be nil, is that of the thread.
func (w *waits) wait(account Account, ticket uint32, timeout int64, waits bool) (uint32, error) {
	if !waits {
		w.leave(ticket)
		return waitNotEqual, nil
	}
	w.mu.Lock()
	x := w.tickets[ticket]
	w.mu.Unlock()
	end := farAway
	if timeout >= 0 {
		end = min(end, time.Duration(timeout))
	}
	var interrupted <-chan struct{}
	if account != nil {
		account.Release()
		interrupted = account.Interrupted()
		if deadline, ok := account.Deadline(); ok {
			end = min(end, time.Until(deadline))
		}
	}
	timer := time.NewTimer(end)
	defer timer.Stop()
	select {
	case <-x.woken:
	case <-timer.C:
	case <-interrupted:
	}
	if w.leave(ticket) {
		return waitOK, nil
	}
	if account == nil {
		return waitTimedOut, nil
	}
	return waitTimedOut, account.Pause()
}

// notify wakes up to count of those who wait at key and returns how many.
func (w *waits) notify(key waitKey, count uint32) uint32 {
	w.mu.Lock()
	defer w.mu.Unlock()
	queue := w.queues[key]
	n := min(count, uint32(len(queue)))
	for _, x := range queue[:n] {
		close(x.woken)
	}
	w.setQueue(key, queue[n:])
	return n
}

// elementSize is what an element of a table counts for in a budget, in bytes: a
// reference, and as much again for the room that the engine leaves when it moves a
// table that grows.
const elementSize = 16

// growth is how tables of a [Store] grow.
type growth struct {
	budget *Budget
	most   uint64 // elements in all, or 0

	mu    sync.Mutex
	total uint64 // elements of the growth that has been allowed, and has not failed
}

// noGrowth is by how much no table can grow, and what table.grow returns then.
const noGrowth = ^uint32(0)

// grow is n if table index of mod may grow by so many elements, and else noGrowth.
func (g *growth) grow(mod api.Module, n, index uint32) uint32 {
	if n == noGrowth {
		return noGrowth
	}
	before, ok := g.allow(uint64(n))
	if !ok {
		return noGrowth
	}
	if !g.budget.Take(uint64(n) * elementSize) {
		g.withdraw(uint64(n))
		return noGrowth
	}
	g.reserve(mod, index, before, uint64(n))
	return n
}

// allow adds n elements to the total, if there may be so many, and returns what it was.
func (g *growth) allow(n uint64) (before uint64, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.most > 0 && g.total+n > g.most {
		return g.total, false
	}
	g.total += n
	return g.total - n, true
}

func (g *growth) withdraw(n uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.total -= n
}

// What a table that grows much at once is given room for.
const (
	muchGrowth = 1 << 16 // elements
	mostSpare  = 1 << 24 // elements that are not there yet
)

// reserve makes room for n more elements of table index of mod, and if that are many, for
// those of later growth: a table that moves takes its time, which nothing can interrupt,
// and leaves what it was to the collector. total is what all tables have grown by.
func (g *growth) reserve(mod api.Module, index uint32, total, n uint64) {
	if n < muchGrowth {
		return
	}
	size := private.TableSize(mod, index) + n
	spare := min(3*size, mostSpare)
	if g.most > 0 {
		spare = min(spare, g.most-total-n)
	}
	private.ReserveTable(mod, index, size, spare)
}

// grown is result, that of a table.grow for which [growth.grow] has returned asked.
func (g *growth) grown(asked, result uint32) uint32 {
	if result == noGrowth && asked != noGrowth {
		g.budget.Give(uint64(asked) * elementSize)
		g.withdraw(uint64(asked))
	}
	return result
}
