package wasmedge_test

import (
	"errors"
	"testing"

	"github.com/wazedge/wazedge/compat/wasmedge"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
)

var counted = guest(`(module (func (export "three") (result i32) (i32.add (i32.const 1) (i32.const 2)))
	(func (export "spin") (loop $l (br $l))))`)

// measuring is a configuration that has everything measured.
func measuring(t *testing.T) *wasmedge.Configure {
	t.Helper()
	conf := wasmedge.NewConfigure()
	t.Cleanup(conf.Release)
	conf.SetStatisticsInstructionCounting(true)
	conf.SetStatisticsCostMeasuring(true)
	conf.SetStatisticsTimeMeasuring(true)
	return conf
}

// TestStatistics states what is counted, and by which table of costs.
func TestStatistics(t *testing.T) {
	vm := newVM(t, measuring(t))
	table := make([]uint64, wasm.NumOps)
	for n := range table {
		table[n] = 1
	}
	table[wasm.OpI32Add] = 100
	vm.GetStatistics().SetCostTable(table)
	results, err := vm.RunWasmBuffer(counted, "three")
	wantResult(t, results, err, int32(3))
	s := vm.GetStatistics()
	instructions, cost := s.GetInstrCount(), s.GetTotalCost()
	if instructions != 4 || cost != instructions+99 {
		t.Errorf("%d instructions, cost %d", instructions, cost)
	}
	if s.GetInstrPerSecond() <= 0 {
		t.Error("no instructions per second")
	}
}

// TestCostLimit states that a guest ends at the limit, whether that was set before its
// store was made or later.
func TestCostLimit(t *testing.T) {
	for _, late := range []bool{false, true} {
		vm := newVM(t, measuring(t))
		set := func() { vm.GetStatistics().SetCostLimit(1000) }
		if !late {
			set()
		}
		if err := errors.Join(vm.LoadWasmBuffer(counted), vm.Validate(), vm.Instantiate()); err != nil {
			t.Fatal(err)
		}
		if late {
			set()
		}
		_, err := vm.Execute("spin")
		wantCode(t, err, fault.CostLimitExceeded)
		if cost := vm.GetStatistics().GetTotalCost(); cost > 1001 {
			t.Errorf("late %v: cost %d", late, cost)
		}
	}
}

// TestStatisticsOfSeveralInstances states that instances of one store are counted together.
func TestStatisticsOfSeveralInstances(t *testing.T) {
	vm := newVM(t, measuring(t))
	if err := errors.Join(vm.RegisterWasmBuffer("a", counted), vm.RegisterWasmBuffer("b", counted)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b", "a"} {
		results, err := vm.ExecuteRegistered(name, "three")
		wantResult(t, results, err, int32(3))
	}
	if n := vm.GetStatistics().GetInstrCount(); n != 12 {
		t.Errorf("%d instructions", n)
	}
}

// TestCostOfHostFunctions states that calls of host functions cost what they are said to,
// under the limit too.
func TestCostOfHostFunctions(t *testing.T) {
	vm := newVM(t, measuring(t))
	m := wasmedge.NewModule("host")
	m.AddFunction("dear", wasmedge.NewFunction(none(), func(interface{}, *wasmedge.CallingFrame, []interface{}) ([]interface{}, wasmedge.Result) {
		return nil, wasmedge.Result_Success
	}, nil, 500))
	if err := vm.RegisterModule(m); err != nil {
		t.Fatal(err)
	}
	text := guest(`(module (import "host" "dear" (func $dear)) (func (export "twice") (call $dear) (call $dear)))`)
	if _, err := vm.RunWasmBuffer(text, "twice"); err != nil {
		t.Fatal(err)
	}
	s := vm.GetStatistics()
	if cost, n := s.GetTotalCost(), s.GetInstrCount(); cost != n+1000 {
		t.Errorf("cost %d of %d instructions", cost, n)
	}
	s.SetCostLimit(1600)
	_, err := vm.Execute("twice")
	wantCode(t, err, fault.CostLimitExceeded)
}
