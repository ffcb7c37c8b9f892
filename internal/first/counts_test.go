package first

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
)

// used is what so many calls of "f" of the module text have used by c, in the code of the module in one piece, and how they have ended.
func used(t *testing.T, c limits.Config, text string, calls int, arg uint64) (limits.Statistics, []error) {
	t.Helper()
	ctx := context.Background()
	m := parse(t, text)
	metered, err := limits.Meter(m, c.Variant())
	if err != nil {
		t.Fatal(err)
	}
	rt := engine.New(ctx, engine.Config{})
	defer rt.Close(ctx)
	code, err := rt.CompileWith(ctx, wasm.Encode(metered), engine.CompileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	host := &host{}
	found, err := host.imports(ctx, rt)
	if err != nil {
		t.Fatal(err)
	}
	account := limits.NewAccount(c)
	store := storeOf(rt, host.shared(), account)
	inst, err := rt.Instantiate(ctx, code, engine.Options{Store: store, Imports: func(name string) *engine.Instance { return found[name] }})
	if err != nil {
		t.Fatal(err)
	}
	limits.ConnectNamed(account, limits.NamesFor(m), inst.Cell)
	var ends []error
	for range calls {
		ends = append(ends, accounted(account, func() error { return inst.Call(ctx, "f", []uint64{arg}) }))
	}
	return account.Statistics(), ends
}

// accounted is how call ends for who has the account.
func accounted(a *limits.Account, call func() error) error {
	if err := a.Begin(); err != nil {
		return err
	}
	err := call()
	if over := a.End(err == nil); over != nil {
		return over
	}
	return err
}

// TestCountsGoOver states that what is counted, and where a limit ends calls, is as in the code of the whole, whichever
// instance makes them.
func TestCountsGoOver(t *testing.T) {
	costs := limits.UnitCosts()
	costs.Instr[wasm.OpCall], costs.Host["wasi_snapshot_preview1.sched_yield"] = 7, 1000
	gas := func(n uint64) *uint64 { return &n }
	configs := map[string]limits.Config{
		"statistics": {Instructions: true, Gas: true},
		"costs":      {Instructions: true, Gas: true, Costs: costs},
		"time limit": {TimeLimit: time.Hour},
		"all":        {Instructions: true, Gas: true, Time: true, TimeLimit: time.Hour, GasLimit: gas(1 << 40), Costs: costs, MaxDepth: 100},
		"depth":      {MaxDepth: 2, Instructions: true},
		"calls":      {MaxDepth: 3, Interruptible: true},
	}
	for _, n := range []uint64{0, 1, 20, 100, 399_999, 400_000, 900_000, preciseGas + 1000} {
		configs[fmt.Sprint("gas ", n)] = limits.Config{Instructions: true, GasLimit: gas(n)}
	}
	for name, config := range configs {
		for how, b := range map[string]Beginning{"patient": patient, "hasty": hasty, "mute": mute} {
			for _, arg := range []uint64{3, 40_000} {
				t.Run(fmt.Sprint(name, " ", how, " ", arg), func(t *testing.T) {
					want, ends := used(t, config, counts, 3, arg)
					c := begin(t, counts, b, func(g *Guest) { g.Limits = config })
					for k, end := range ends {
						err := accounted(c.guest.Account, func() error { return c.Call(context.Background(), "f", []uint64{arg}) })
						if code(err) != code(end) {
							t.Fatalf("call %d ends with %v, want %v", k, err, end)
						}
					}
					got := c.guest.Account.Statistics()
					if code(ends[2]) == fault.CostLimitExceeded { // what is counted then is told by who finds the instruction
						got.Count, want.Count, got.GasCosts, want.GasCosts = 0, 0, 0, 0
					}
					if got.Count != want.Count || got.GasCosts != want.GasCosts {
						t.Errorf("%d instructions, %d gas; want %d, %d", got.Count, got.GasCosts, want.Count, want.GasCosts)
					}
				})
			}
		}
	}
}

// preciseGas is the limit from which on metering is not such that the instruction is known.
const preciseGas = 1 << 25

// code is the code of err.
func code(err error) fault.Code {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return f.Code
	}
	if trap, ok := errors.AsType[*engine.Trap](err); ok {
		return trap.Code
	}
	return fault.Success
}

// endless is a guest whose "f" does not return, and "one" does.
const endless = `(module
	(import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
	(memory 1)
	(func (export "f") (param i32) (result i32) (drop (call $yield)) (loop $l (br $l)) (i32.const 0))
	(func (export "one") (param i32) (result i32) (i32.const 1)))`

// TestInterruptionIsFinal states that a call that is interrupted ends whoever makes it, and is not made again by
// who makes later ones.
func TestInterruptionIsFinal(t *testing.T) {
	for how, b := range map[string]Beginning{"patient": patient, "hasty": hasty} {
		t.Run(how, func(t *testing.T) {
			c := begin(t, endless, b, func(g *Guest) { g.Limits.Interruptible = true })
			interrupt := func() { c.guest.Account.Interrupt(limits.Interrupted()) }
			if how == "patient" { // the interpreter is at it
				c.host.then = interrupt
			} else {
				go func() {
					for !c.handover.Passed() {
						runtime.Gosched()
					}
					interrupt()
				}()
			}
			if err := c.Call(context.Background(), "f", []uint64{0}); code(err) != fault.Interrupted {
				t.Errorf("it ends with %v", err)
			}
			c.guest.Account.Resume()
			if got := c.call(t, "one", 0); got != 1 || c.host.calls != 1 {
				t.Errorf("a later call comes to %d, and the host has been called %d times", got, c.host.calls)
			}
		})
	}
}

// TestTimeOfTheGuest states that what is done beside a guest is none of its time.
func TestTimeOfTheGuest(t *testing.T) {
	const waiting = 5 * time.Millisecond
	c := begin(t, counts, mute, func(g *Guest) {
		g.Limits = limits.Config{Time: true}
		hosts := g.Hosts
		g.Hosts = func(ctx context.Context, rt *engine.Runtime, shared *abi.Hosts) (map[string]*engine.Instance, error) {
			for began := time.Now(); time.Since(began) < waiting; {
			}
			return hosts(ctx, rt, shared)
		}
	})
	for call := range 2 {
		before, began := c.guest.Account.Statistics().Wasm, time.Now()
		err := accounted(c.guest.Account, func() error { return c.Call(context.Background(), "f", []uint64{1000}) })
		whole := time.Since(began)
		if err != nil {
			t.Fatal(err)
		}
		if call == 0 {
			whole -= waiting
		}
		if took := c.guest.Account.Statistics().Wasm - before; took <= 0 || took > whole {
			t.Errorf("call %d: the guest has run for %v of %v", call, took, whole)
		}
	}
}
