package limits_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/native"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
)

// outcome is what can be seen of a run.
type outcome struct {
	end        error // nil, errTrap or errGas
	count, gas uint64
	hosts      []uint32
	refusedAt  int64
}

func (o *outcome) equal(p *outcome) bool {
	return o.end == p.end && o.count == p.count && o.gas == p.gas && slices.Equal(o.hosts, p.hosts)
}

// refer runs m in the reference.
func refer(m *wasm.Module, arg uint32, c limits.Config) outcome {
	r := newReference(m)
	if c.Costs != nil {
		r.price = func(op wasm.Op) uint64 { return c.Costs.Instr[op] }
	}
	if c.GasLimit != nil {
		r.limit = int64(*c.GasLimit)
	}
	_, err := r.call(1, []uint64{uint64(arg)})
	return outcome{err, r.count, r.gas, r.hosts, r.refusedAt}
}

// way is how a test has the engine run what is metered.
type way int

const (
	compiled way = iota
	interpreted
	optimized
	ways
)

// load is the metered m in rt, as v says.
func (w way) load(t testing.TB, rt *engine.Runtime, metered *wasm.Module, v limits.Variant) *engine.Code {
	t.Helper()
	ctx := context.Background()
	bin := wasm.Encode(metered)
	if w == optimized && native.Available() {
		var o native.Options
		o.Processor, _ = engine.Processor(false)
		o.Counter = limits.CounterOf
		if v.Checked {
			o.Checkpoint = native.Import{Module: limits.HostModule, Name: limits.CheckpointName}
		}
		code, made, err := native.Compile(ctx, rt, bin, engine.CompileOptions{Workers: 1, Positions: true}, o)
		if err != nil {
			t.Fatal(err)
		}
		for _, note := range made.Notes {
			if strings.Contains(note, "defect") {
				t.Fatal(note)
			}
		}
		if code != nil {
			return code
		}
	}
	code, err := rt.Compile(ctx, bin, 1)
	if err != nil {
		t.Fatalf("the engine refuses the metered module: %v", err)
	}
	return code
}

// runtime is where it runs.
func (w way) runtime() *engine.Runtime {
	return engine.New(context.Background(), engine.Config{Interpreter: w == interpreted, Artifacts: w == optimized})
}

// meter runs the metered m in the engine.
func meter(t testing.TB, m *wasm.Module, arg uint32, c limits.Config, w way) outcome {
	t.Helper()
	return meterAs(t, m, arg, c, c.Variant(), w)
}

func meterAs(t testing.TB, m *wasm.Module, arg uint32, c limits.Config, v limits.Variant, w way) outcome {
	t.Helper()
	ctx := context.Background()
	metered, err := limits.Meter(m, v)
	if err != nil {
		t.Fatal(err)
	}
	rt := w.runtime()
	defer rt.Close(ctx)
	a := limits.NewAccount(c)
	meter, err := rt.Meter(ctx, limits.HostModule)
	if err != nil {
		t.Fatal(err)
	}
	var o outcome
	host := rt.Wazero().NewHostModuleBuilder("h")
	host.NewFunctionBuilder().WithGoFunction(api.GoFunc(func(_ context.Context, stack []uint64) {
		o.hosts = append(o.hosts, uint32(stack[0]))
	}), []api.ValueType{api.ValueTypeI32}, nil).Export("f")
	compiled, err := host.Compile(ctx)
	if err != nil {
		t.Fatal(err)
	}
	hostModule, err := rt.Wazero().InstantiateModule(ctx, compiled, wazero.NewModuleConfig().WithName(""))
	if err != nil {
		t.Fatal(err)
	}
	inst, err := rt.Instantiate(ctx, w.load(t, rt, metered, v), engine.Options{Store: rt.NewStore(engine.StoreConfig{Meter: a}), Imports: func(name string) *engine.Instance {
		if name == limits.HostModule {
			return meter
		}
		return engine.Host(hostModule)
	}})
	if err != nil {
		t.Fatal(err)
	}
	var counters []limits.Counter
	for _, name := range limits.NamesFor(m).Counters {
		if cell, ok := inst.Cell(name); ok {
			counters = append(counters, cell)
		}
	}
	a.Connect(counters...)
	if err := a.Begin(); err != nil {
		t.Fatal(err)
	}
	stack := []uint64{uint64(arg), 0}
	err = inst.Call(ctx, "f", stack)
	beyond := a.End(err == nil)
	o.refusedAt = -1
	switch trap, ok := errors.AsType[*engine.Trap](err); {
	case ok:
		o.end = settle(t, m, metered, a, v, trap, &o)
	case err != nil:
		t.Fatal(err)
	case beyond != nil:
		o.end = errGas
	}
	s := a.Statistics()
	o.count, o.gas = s.Count, s.GasCosts
	return o
}

// settle finds out what a trap was.
func settle(t testing.TB, m, metered *wasm.Module, a *limits.Account, v limits.Variant, trap *engine.Trap, o *outcome) error {
	t.Helper()
	l, err := limits.NewLocator(m, v)
	if err != nil {
		t.Fatal(err)
	}
	traced := *m
	traced.Traced = true
	again, err := limits.Meter(&traced, v)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range trap.Frames {
		if f.Offset < 0 {
			continue
		}
		at := int64(wasm.SizeU32(uint32(len(again.Bodies))))
		for fn := range again.Bodies {
			b := &again.Bodies[fn]
			if len(b.Code) != len(metered.Bodies[fn].Code) {
				t.Fatal("metering twice gives different code")
			}
			at += int64(wasm.SizeU32(uint32(len(b.Code))))
			if f.Offset >= at && f.Offset < at+int64(len(b.Code)) {
				if trap.Code == fault.CostLimitExceeded {
					r, err := a.Exceeded(l, fn)
					if err != nil {
						t.Fatal(err)
					}
					o.refusedAt = r.Offset
					return errGas
				}
				r, err := a.Trapped(l, b.Origin(b.Offset+f.Offset-at))
				if err != nil {
					t.Fatal(err)
				}
				if r != nil {
					o.refusedAt = r.Offset
					return errGas
				}
				return errTrap
			}
			at += int64(len(b.Code))
		}
	}
	t.Fatalf("no place for %v in %v", trap, trap.Frames)
	return nil
}

// cases is how many random modules a test runs.
func cases(t testing.TB) uint64 {
	if testing.Short() {
		return 100
	}
	return 1000
}

func TestCountsAreThoseOfTheReference(t *testing.T) {
	costs := limits.UnitCosts()
	for op := range costs.Instr {
		costs.Instr[op] = uint64(op*7%5) + uint64(op)%3
	}
	configs := map[string]limits.Config{
		"instructions": {Instructions: true},
		"both":         {Instructions: true, Gas: true, Costs: costs},
		"deadline":     {Instructions: true, Gas: true, TimeLimit: time.Hour},
		"limit":        {Instructions: true, GasLimit: pointer(1 << 40), Costs: costs},
		"precise":      {Instructions: true, GasLimit: pointer(1 << 20)},
	}
	ends := map[error]int{}
	for seed := range cases(t) {
		m := randomModule(seed)
		for name, c := range configs {
			want := refer(m, uint32(seed), c)
			ends[want.end]++
			if want.end == errTooBig {
				continue
			}
			got := meter(t, m, uint32(seed), c, way(seed%uint64(ways)))
			if !c.Gas && c.GasLimit == nil {
				want.gas = got.gas
			}
			if !got.equal(&want) {
				t.Fatalf("seed %d, %s: %+v, want %+v", seed, name, got, want)
			}
		}
	}
	if ends[nil] < 50 || ends[errTrap] < 50 {
		t.Errorf("the random modules are no good: %v", ends)
	}
}

func pointer(v uint64) *uint64 { return &v }
