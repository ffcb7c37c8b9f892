package link

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/wasi"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/journal"
	"github.com/wazedge/wazedge/internal/machine"
	"github.com/wazedge/wazedge/internal/ondemand"
	"github.com/wazedge/wazedge/internal/prepare"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
)

// Beginning is how an instance begins whose module is not compiled: it is interpreted, each
// function translated when it is first called, and what the host answers is journalled. After
// a while the functions that it has called by then are compiled, in another instance, which is
// answered from the journal and goes on where that ends; functions that it calls for the first
// time are compiled when it does. See [abi.Handover].
type Beginning struct {
	After   time.Duration  // of calls, until functions are compiled
	Journal journal.Bounds // beyond which the interpreter waits for what is compiled
}

// BeginInterpreted has the next instance of s begin by b, if its module and what s is to
// know of it allow that. Who makes calls of the instance looks at its memory and the like
// between calls only, and closes s at the end of the process.
func (s *Store) BeginInterpreted(b Beginning) { s.beginning = &b }

// BegunInterpreted reports whether an instance of s has begun by a Beginning.
func (s *Store) BegunInterpreted() bool { return s.young != nil }

// young is an instance that has begun by a [Beginning], until something else makes its calls.
type young struct {
	store    *Store
	inst     *Instance
	begin    *Beginning
	module   *wasm.Module  // within its bounds
	cut      *ondemand.Cut // for the interpreter
	engine   *engine.Runtime
	handover *abi.Handover
	hurry    chan struct{} // closed when the handover is due at once
	stop     func()        // ends the interpreter
	freeing  sync.Once

	calls  []made   // that the interpreter has ended
	first  *playing // the interpreter's call that may be under way
	second *mature  // that has taken over, or nil

	mu     sync.Mutex
	called []uint32 // functions, in the order of their first calls
	made   []bool   // by function: it has been translated; for the goroutine of the interpreter
}

// made is a call that has ended.
type made struct {
	name  string
	stack []uint64
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

// mayBegin reports whether inst, with the code that c is for, may begin by a Beginning: what
// its calls do is seen by WASI only, and nothing is counted or bounded.
func (s *Store) mayBegin(inst *Instance) bool {
	bounds := s.config.Limits
	bounds.MaxThreads, bounds.MaxOpenFiles, bounds.MaxOutput, bounds.TableElements = 0, 0, 0, 0
	return s.beginning != nil && s.instances == 1 && bounds == limits.Config{} && s.config.Record == nil && s.config.Replay == nil &&
		!s.runtime.Plan().MeteringOf(inst.Module).Active() && !s.threaded() &&
		!slices.ContainsFunc(inst.Module.Imports, func(im wasm.Import) bool {
			return im.Module != wasi.ModuleName && im.Module != wasi.UnstableModuleName
		})
}

// beginYoung is the code with which inst begins by a Beginning, or nil where it cannot.
func (s *Store) beginYoung(ctx context.Context, inst *Instance, c compiling) (*code, error) {
	owner := inst.owner
	if !s.mayBegin(inst) || owner.Prepared.StoodIn() || owner.Prepared.Precompiled() || s.runtime.Options.Interpreter ||
		!ondemand.Possible(c.module, inst.checked.Uses, &inst.checked.Ops) {
		return nil, nil
	}
	y := &young{
		store: s, inst: inst, begin: s.beginning, module: c.module, cut: ondemand.New(c.module), hurry: make(chan struct{}), stop: func() {},
		made: make([]bool, len(c.module.Bodies)),
	}
	if y.handover = abi.NewHandover(s.Guest, s.beginning.Journal, func() { close(y.hurry) }, func() { y.stop() }); y.handover == nil {
		return nil, nil
	}
	y.engine = engine.New(ctx, engine.Config{Interpreter: true, Stoppable: true})
	shell, err := y.engine.CompileWith(ctx, wasm.Encode(y.cut.Shell()), engine.CompileOptions{Label: owner.Prepared.Label})
	if err != nil {
		return nil, err
	}
	s.young, inst.young = y, y
	s.enter(prepare.Target{Engine: y.engine, Way: prepare.Compile})
	plan := s.runtime.Plan()
	return &code{
		Code: &prepare.Code{Engine: shell}, way: prepare.Compile, uses: c.shape.uses, fill: y.cut.Fill,
		rewrite: func() (*wasm.Module, error) { return prepare.Trace(c.module, c.shape.uses, plan) },
	}, nil
}

// arm has the functions of the instance, which has been made, ask for themselves.
func (y *young) arm(ctx context.Context) error {
	return arm(ctx, y.engine, y.store.engine, y.cut, y.inst.Engine, y.translate)
}

// arm has the functions of core, a shell or core of cut, ask wanted for what they are to be.
func arm(ctx context.Context, rt *engine.Runtime, s *engine.Store, cut *ondemand.Cut, core *engine.Instance, wanted func(ctx context.Context, i uint32) error) error {
	host, err := rt.InstantiateFunctions(ctx, ondemand.HostModule, []engine.HostFunction{{
		Name: ondemand.Need, Params: []byte{byte(wasm.I32)},
		Call: func(ctx context.Context, _ engine.Caller, stack []uint64) error { return wanted(ctx, uint32(stack[0])) },
	}})
	if err != nil {
		return err
	}
	s.Own(host)
	code, err := rt.CompileWith(ctx, wasm.Encode(cut.Caller()), engine.CompileOptions{})
	if err != nil {
		return err
	}
	_, err = rt.Instantiate(ctx, code, engine.Options{Store: s, Imports: func(name string) *engine.Instance {
		if name == ondemand.HostModule {
			return host
		}
		return core
	}})
	return err
}

// errNoBody says that the interpreter is not the one whose bodies can be replaced.
var errNoBody = errors.New("the interpreter does not take the body of a function")

// translate gives function i of the interpreted instance its body.
func (y *young) translate(ctx context.Context, i uint32) error {
	if y.made[i] {
		return nil
	}
	m, err := y.cut.Single(i)
	if err != nil {
		return err
	}
	code, err := y.engine.CompileWith(ctx, wasm.Encode(m), engine.CompileOptions{})
	if err != nil {
		return err
	}
	if !y.inst.Engine.ReplaceBody(y.cut.Imported()+i, code) {
		return errNoBody
	}
	y.made[i] = true
	y.mu.Lock()
	y.called = append(y.called, i)
	y.mu.Unlock()
	return nil
}

// call is [engine.Instance.Call] of the instance.
func (y *young) call(ctx context.Context, name string, stack []uint64) error {
	if len(y.calls) > 0 {
		return y.callAgain(ctx, name, stack)
	}
	stopping, stop := context.WithCancel(ctx)
	defer stop()
	y.stop = stop
	interpreted := y.inst.Engine
	y.first = play(stack, func(stack []uint64) error {
		err := interpreted.Call(stopping, name, stack)
		if y.handover.Passed() {
			_ = y.free(ctx) // it has failed in nothing that anybody waits for
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
	if second.err == errNoSuccessor {
		y.handover.Abandon()
		<-y.first.done
		return y.stays(name, stack)
	}
	y.second.takeOver()
	copy(stack, second.stack)
	return second.err
}

// await waits until the interpreter has had its time, or has ended the call.
func (y *young) await() {
	began := machine.CPU()
	timer := time.NewTimer(y.begin.After)
	defer timer.Stop()
	for tries := 0; ; tries++ {
		select {
		case <-y.first.done:
			return
		case <-y.hurry:
			return
		case <-timer.C:
		}
		// On a busy machine, time passes without anything being done.
		if spent := machine.CPU() - began; tries == patience || machine.CPU() == 0 || spent >= y.begin.After {
			return
		}
		timer.Reset(y.begin.After / 2)
	}
}

// patience is how often the interpreter is given half its time once more.
const patience = 20

// callAgain is call behind other calls, which the interpreter has ended: a second instance
// repeats these and takes over.
func (y *young) callAgain(ctx context.Context, name string, stack []uint64) error {
	if h := y.handover.Again(); h != nil {
		second := y.grow(ctx, h, name, stack)
		<-second.done
		if second.err != errNoSuccessor {
			y.second.takeOver()
			copy(stack, second.stack)
			return second.err
		}
		h.Abandon()
	}
	y.inst.young = nil
	return y.inst.Engine.Call(ctx, name, stack)
}

// stays ends the present call as the interpreter has ended it.
func (y *young) stays(name string, stack []uint64) error {
	y.calls = append(y.calls, made{name, append([]uint64(nil), stack...)})
	copy(stack, y.first.stack)
	return y.first.err
}

// final reports whether err is how a call ends in any engine. A trap is not: it may come of
// bounds of the interpreter, and compiled code tells more of it.
func final(err error) bool { return err == nil || errors.As(err, new(*engine.Exit)) }

// over reports whether the call has ended.
func (p *playing) over() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// close frees what y has beside its store. What is compiled and has not taken over frees
// itself, when its call ends.
func (y *young) close(ctx context.Context) error {
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
func (y *young) free(ctx context.Context) (err error) {
	y.freeing.Do(func() { err = errors.Join(y.store.engine.Close(ctx), y.engine.Close(ctx)) })
	return err
}
