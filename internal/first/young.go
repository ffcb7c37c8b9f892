// Package first has an instance whose module is not compiled begin at once: it is interpreted,
// each function translated when it is first called, and what the host answers is journalled.
// After a while the functions that it has called by then are compiled, in a second instance,
// which is answered from the journal and goes on where that ends; functions that it calls for
// the first time are compiled when it does. No stack is carried over, and nothing outside of
// the guest is done twice: see [abi.Handover].
package first

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/wasi"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/journal"
	"github.com/wazedge/wazedge/internal/machine"
	"github.com/wazedge/wazedge/internal/ondemand"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wasm/validate"
	"github.com/wazedge/wazedge/limits"
)

// Beginning is how an instance begins whose module is not compiled.
type Beginning struct {
	Least    int            // bytes of code in the smallest module that begins so
	Together int            // bytes of code in the largest module that is compiled in one piece when its interpreter has had its time
	Patience Patience       // with the interpreter
	Journal  journal.Bounds // beyond which the interpreter waits for what is compiled
	// Begun is called when an instance has begun so, and told whether it will be compiled in one piece; nil for nobody.
	Begun   func(together bool)
	Settled func() // called, between two instructions of the guest, when compiled code has taken over and what the interpreter had is garbage; nil for nobody

	Over func(optimized bool) // called, by any goroutine, when a run goes over to the code of the whole module; nil for nobody

	// Kept, unless nil, says each time that code of the module has been made elsewhere, and kept: see [Guest.Whole]. It is
	// closed when there will be no more.
	Kept <-chan struct{}
}

// Patience is how long the interpreter has, in time of the process from the call on, for a module of
// size bytes of code: after is until functions are compiled, most until it waits for them.
type Patience func(size int) (after, most time.Duration)

// PatienceBySize is the Patience for which the interpreter takes no more than a share of what compiling
// all of the module takes, some 600 ns for a byte of code, beside what the smallest has: most of what a program that ends sooner calls is
// called once, and compiling that takes longer than interpreting it.
func PatienceBySize(size int) (after, most time.Duration) {
	after = min(minAfter+time.Duration(size)*perByte, maxAfter)
	return after, timesAfter * after
}

// What [PatienceBySize] comes to: bench/COLD.md has the figures.
const (
	perByte    = 30 * time.Nanosecond
	minAfter   = 50 * time.Millisecond
	maxAfter   = 1200 * time.Millisecond
	timesAfter = 2
)

// metered is how many times as long a module that meters itself is interpreted: it takes the interpreter about so much longer, as
// functions are metered when they are called, and the compiler as well.
const metered = 2

// Guest is an instance that may begin so, as who links it knows it.
type Guest struct {
	Module   *wasm.Module // within its bounds
	Checked  *validate.Result
	Label    string // of its frames in traps
	Limits   limits.Config
	Metering limits.Variant  // how the code is to meter itself
	Account  *limits.Account // of the store, which has no instance yet
	Shared   *abi.Hosts      // what host functions find of the store

	// Instance is the engine's, once it is made; Adopt has it be another.
	Instance func() *engine.Instance
	Adopt    func(*engine.Instance)

	// Store makes a store in another Runtime, and Hosts the host modules that Module imports from there, by
	// their names.
	Store func(rt *engine.Runtime, shared *abi.Hosts, account *limits.Account) *engine.Store
	Hosts func(ctx context.Context, rt *engine.Runtime, shared *abi.Hosts) (map[string]*engine.Instance, error)

	// Whole is the code of all of Module for rt, where it is kept, with frames called label, and whether that is optimized; with
	// optimized, nothing else is wanted. It is nil where there is none, or
	// where its functions cannot take the place of those of like, which metering has made of Module. Any goroutine may call it.
	Whole  func(ctx context.Context, rt *engine.Runtime, like *wasm.Module, label string, optimized bool) (code *engine.Code, better bool)
	Guards bool // optimized code may rely on guard pages
}

// cutter cuts the module of a guest as it meters itself.
type cutter struct {
	module *wasm.Module // with what metering adds
	form   *limits.Form // nil where nothing is metered
	own    int          // functions of the module before that, which are the first
}

// newCutter is the cutter of g's module, or nil if it cannot be cut.
func newCutter(g *Guest) (*cutter, error) {
	if !ondemand.Possible(g.Module, g.Checked.Uses, &g.Checked.Ops) {
		return nil, nil
	}
	c := &cutter{module: g.Module, own: len(g.Module.Bodies)}
	if !g.Metering.Active() {
		return c, nil
	}
	var err error
	if c.form, err = limits.NewForm(g.Module, g.Metering, g.Checked.Ops.Has); c.form == nil || err != nil {
		return nil, err
	}
	c.module = c.form.Module()
	return c, nil
}

// cut is the module cut for one goroutine.
func (c *cutter) cut() *ondemand.Cut {
	if c.form == nil {
		return ondemand.New(c.module, nil)
	}
	return ondemand.New(c.module, c.form.Another())
}

// Young is an instance that has begun by a [Beginning]. One goroutine at a time uses it.
type Young struct {
	Engine  *engine.Runtime // the interpreter
	Code    *engine.Code    // for it
	Account *limits.Account // of what it executes

	begin    *Beginning
	guest    Guest
	cutter   *cutter
	cut      *ondemand.Cut   // for the interpreter
	unused   *limits.Account // with which instances begin
	handover *abi.Handover
	hurry    chan struct{} // closed when the handover is due at once
	stop     func()        // ends the interpreter
	freeing  sync.Once

	tired  atomic.Bool   // the interpreter waits when it calls another function
	alone  chan struct{} // closed when it is known that nobody takes over
	resume func()        // closes it
	after  time.Duration // of [Patience]
	most   time.Duration // of [Patience]
	began  time.Time     // the present call
	hosted time.Duration // in which the host has taken this part, measured, before somebody took over
	before time.Duration // that the process had taken before it; 0 where that cannot be told

	core   *engine.Instance // interpreted, once there is a call
	calls  []made           // that the interpreter has ended
	first  *playing         // the interpreter's call that may be under way
	second *mature          // that has taken over, or nil

	mu     sync.Mutex
	called []uint32 // functions, in the order of their first calls
	made   []bool   // by function: it has been translated; for the goroutine of the interpreter
}

// made is a call that has ended.
type made struct {
	name  string
	stack []uint64
}

// Start is the instance g, to begin by b; nil if it cannot: what its calls do is to be seen by
// WASI only, nobody watches what it counts while it runs, and no bound is to hold for two instances together. Its owner makes the engine's instance of
// the code, makes its calls by [Young.Call], looks at its memory and the like between calls
// only, and closes it in the end. Its account is what the instance uses from now on.
func (b *Beginning) Start(ctx context.Context, g Guest) (*Young, error) {
	size := g.Module.CodeSize() // data and debugging information take no time, however much there is of them
	if g.Limits.Profile || g.Limits.Gauge != nil || g.Limits.MaxMemory > 0 || size < b.Least ||
		slices.ContainsFunc(g.Module.Imports, func(im wasm.Import) bool {
			return im.Module != wasi.ModuleName && im.Module != wasi.UnstableModuleName
		}) || !engine.Compiles(ctx) {
		return nil, nil
	}
	cutter, err := newCutter(&g)
	if cutter == nil || err != nil {
		return nil, err
	}
	alone := make(chan struct{})
	y := &Young{
		begin: b, guest: g, cutter: cutter, cut: cutter.cut(), unused: g.Account.Twin(),
		hurry: make(chan struct{}), alone: alone, resume: sync.OnceFunc(func() { close(alone) }), stop: func() {},
		made: make([]bool, len(cutter.module.Bodies)),
	}
	if y.after, y.most = b.Patience(size); cutter.form != nil {
		y.after, y.most = metered*y.after, metered*y.most
	}
	took := func() {
		y.hosted += g.Account.Host()
		y.stop()
	}
	if y.handover = abi.NewHandover(g.Shared.Guest, b.Journal, func() { close(y.hurry) }, took); y.handover == nil {
		return nil, nil
	}
	y.Account = y.unused.Twin()
	g.Account.Follow(y.Account)
	y.Engine = engine.New(ctx, engine.Config{Interpreter: true, Stoppable: true})
	if y.Code, err = y.Engine.CompileWith(ctx, wasm.Encode(y.cut.Shell()), engine.CompileOptions{Label: g.Label}); err != nil {
		return nil, errors.Join(err, y.Engine.Close(ctx))
	}
	if b.Begun != nil {
		b.Begun(b.together(&g))
	}
	return y, nil
}

// together reports whether g is compiled in one piece.
func (b *Beginning) together(g *Guest) bool { return g.Module.CodeSize() <= b.Together }

// arm makes the instance, which there is now, ready for its first call: its functions ask to be
// translated.
func (y *Young) arm(ctx context.Context) error {
	if y.core != nil {
		return nil
	}
	y.core = y.guest.Instance()
	if !y.cut.Fill(y.core.Memory()) {
		return errNoRoom
	}
	host, err := needed(ctx, y.Engine, y.core, y.translate)
	if err != nil {
		return err
	}
	code, err := y.Engine.CompileWith(ctx, wasm.Encode(y.cut.Caller()), engine.CompileOptions{})
	if err != nil {
		return err
	}
	_, err = y.Engine.Instantiate(ctx, code, y.core.Beside(engine.Options{Imports: func(name string) *engine.Instance {
		if name == ondemand.HostModule {
			return host
		}
		return y.core
	}}))
	return err
}

// errNoRoom says that data segments do not fit, which linking has looked at.
var errNoRoom = errors.New("the memory is too small for what it begins with")

// needed is a host module by which what works on core asks wanted for functions.
func needed(ctx context.Context, rt *engine.Runtime, core *engine.Instance, wanted func(ctx context.Context, i uint32) error) (*engine.Instance, error) {
	host, err := rt.InstantiateFunctions(ctx, ondemand.HostModule, []engine.HostFunction{{
		Name: ondemand.Need, Params: []byte{byte(wasm.I32)},
		Call: func(ctx context.Context, _ engine.Caller, stack []uint64) error { return wanted(ctx, uint32(stack[0])) },
	}})
	if err == nil {
		core.Own(host)
	}
	return host, err
}

// errTired ends the interpreter, whose part another one plays.
var errTired = errors.New("the interpreter is not needed any more")

// errNoBody says that the interpreter is not the one whose bodies can be replaced.
var errNoBody = errors.New("the interpreter does not take the body of a function")

// translate gives function i of the interpreted instance its body.
func (y *Young) translate(ctx context.Context, i uint32) error {
	if y.made[i] {
		return nil
	}
	if y.tired.Load() {
		select {
		case <-ctx.Done():
			return errTired
		case <-y.alone:
		}
	}
	m, err := y.cut.Single(i)
	if err != nil {
		return err
	}
	code, err := y.Engine.CompileWith(ctx, wasm.Encode(m), engine.CompileOptions{})
	if err != nil {
		return err
	}
	if !y.core.ReplaceBody(y.cut.Imported()+i, code) {
		return errNoBody
	}
	y.made[i] = true
	y.mu.Lock()
	y.called = append(y.called, i)
	y.mu.Unlock()
	return nil
}

// playing is a call that somebody makes in a goroutine of its own.
type playing struct {
	done  chan struct{}
	stack []uint64
	err   error
}

// play makes a call by f, on a copy of stack.
func play(stack []uint64, f func(stack []uint64) error) *playing {
	p := &playing{done: make(chan struct{}), stack: slices.Clone(stack)}
	go func() {
		defer close(p.done)
		defer func() {
			if v := recover(); v != nil {
				p.err = &engine.Defect{Err: fmt.Errorf("%v\n%s", v, debug.Stack())}
			}
		}()
		p.err = f(p.stack)
	}()
	return p
}

// over reports whether the call has ended.
func (p *playing) over() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// Call is [engine.Instance.Call] of the instance. What is done beside the guest is none of its time.
func (y *Young) Call(ctx context.Context, name string, stack []uint64) error {
	began := time.Now()
	y.hosted = -y.guest.Account.Host()
	defer func() {
		d := time.Since(began)
		y.guest.Account.Idle(d - y.Ran(d))
	}()
	switch {
	case y.second != nil:
		y.second.ran = math.MaxInt64 // nothing is done beside it
		return y.second.told(ctx, y.second.core.Call(ctx, name, stack))
	case y.handover == nil:
		return y.core.Call(ctx, name, stack)
	}
	if err := y.arm(ctx); err != nil {
		return err
	}
	if len(y.calls) > 0 {
		return y.callAgain(ctx, name, stack)
	}
	stopping, stop := context.WithCancel(ctx)
	defer stop()
	y.stop = stop
	y.first = play(stack, func(stack []uint64) error {
		err := y.core.Call(stopping, name, stack)
		if y.handover.Passed() {
			_ = y.free(ctx) // it has failed in nothing that anybody waits for
			if y.begin.Settled != nil {
				y.handover.Next(y.begin.Settled)
			}
		}
		return err
	})
	y.await()
	if y.first.over() && final(y.first.err) {
		return y.stays(name, stack)
	}
	second := y.grow(ctx, y.handover, name, stack)
	select {
	case <-second.done:
	case <-y.first.done:
		if final(y.first.err) && y.handover.Ended() {
			return y.stays(name, stack)
		}
		y.handover.Stopped()
		<-second.done
	}
	if taken, err := y.taken(y.handover, second, stack); taken {
		return err
	}
	y.handover.Abandon()
	y.resume()
	<-y.first.done
	return y.stays(name, stack)
}

// taken reports whether second, which has ended, has taken over by h, and how its call has ended
// then.
func (y *Young) taken(h *abi.Handover, second *playing, stack []uint64) (taken bool, err error) {
	if y.second == nil {
		return h.Passed(), second.err // a defect, which has ended it afterwards
	}
	y.guest.Account.Follow(y.second.account)
	y.guest.Adopt(y.second.core)
	copy(stack, second.stack)
	return true, second.err
}

// callAgain is Call behind other calls, which the interpreter has ended: a second instance
// repeats these and takes over.
func (y *Young) callAgain(ctx context.Context, name string, stack []uint64) error {
	if h := y.handover.Again(); h != nil {
		second := y.grow(ctx, h, name, stack)
		<-second.done
		if taken, err := y.taken(h, second, stack); taken {
			return err
		}
		h.Abandon()
	}
	y.resume()
	y.handover = nil
	return y.core.Call(ctx, name, stack)
}

// spent is the time that the process has taken from the present call on. On a busy machine, time
// passes without anything being done; where it cannot be told, it is the time that has passed.
func (y *Young) spent() time.Duration {
	if y.before == 0 {
		return time.Since(y.began)
	}
	return machine.CPU() - y.before
}

// await waits until the interpreter has had its time, or has ended the call.
func (y *Young) await() {
	y.began, y.before = time.Now(), machine.CPU()
	timer := time.NewTimer(y.after)
	defer timer.Stop()
	for range extensions {
		select {
		case <-y.first.done:
			return
		case <-y.hurry:
			return
		case <-timer.C:
		}
		if y.spent() >= y.after {
			return
		}
		timer.Reset(y.after / 2)
	}
}

// extensions is how often the interpreter is given half its time once more.
const extensions = 20

// exhausted reports whether the interpreter has ended the call for a bound of its own, as of the depth of calls.
func (y *Young) exhausted() bool { return y.first.over() && errors.Is(y.first.err, fault.RuntimeError) }

// stays ends the present call as the interpreter has ended it.
func (y *Young) stays(name string, stack []uint64) error {
	y.calls = append(y.calls, made{name, slices.Clone(stack)})
	if interrupted(y.first.err) && y.handover != nil {
		y.handover.Abandon() // who repeats it would not be interrupted where it was
		y.resume()
		y.handover = nil
	}
	copy(stack, y.first.stack)
	return y.first.err
}

// interrupted reports whether a call has ended with err as somebody interrupted it.
func interrupted(err error) bool { return errors.Is(err, fault.Interrupted) }

// Ran is how long the guest has run in the present call, which has taken d with what has been
// done beside it.
func (y *Young) Ran(d time.Duration) time.Duration {
	if y == nil || y.second == nil || y.second.ran >= d {
		return d
	}
	return min(d, y.second.ran+y.hosted)
}

// final reports whether err is how a call ends in any engine. A trap is not: it may come of
// bounds of the interpreter, and compiled code tells more of it.
func final(err error) bool {
	return err == nil || errors.As(err, new(*engine.Exit)) || interrupted(err)
}

// Close frees what y has. What is compiled and has not taken over frees itself when its call
// ends.
func (y *Young) Close(ctx context.Context) error {
	if y.first != nil {
		<-y.first.done
	}
	err := y.free(ctx)
	if y.second != nil {
		err = errors.Join(err, y.second.close(ctx))
	}
	return err
}

// free frees what the interpreter has.
func (y *Young) free(ctx context.Context) (err error) {
	y.freeing.Do(func() {
		if y.core != nil {
			err = y.core.CloseStore(ctx)
			y.core.DropBodies()
		}
		err = errors.Join(err, y.Engine.Close(ctx))
	})
	return err
}
