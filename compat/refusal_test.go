package compat_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/limits"
)

// TestCallingStackOfLimits states what WasmEdge tells of the calls under way when a
// limit ends a guest: nothing where it refuses an instruction or the first call, but
// the stack of a trap where it refuses the else that a false condition jumps over.
func TestCallingStackOfLimits(t *testing.T) {
	t.Parallel()
	const text = `(module
	  (func $f (nop) (if (i32.const 0) (then (nop)) (else (nop))))
	  (func $g (nop) (call $f))
	  (func (export "f") (call $f))
	  (func (export "h") (nop) (if (i32.const 0) (then (nop)) (else (nop))))
	  (func (export "g") (nop) (call $g))
	  (func (export "loop") (loop $l (br $l))))`
	gas := func(n uint64) limits.Config { return limits.Config{GasLimit: &n} }
	for _, tc := range []struct {
		function string
		limits   limits.Config
		code     fault.Code
		stack    []uint32
	}{
		{"h", gas(1), fault.CostLimitExceeded, nil},
		{"h", gas(2), fault.CostLimitExceeded, nil},
		{"h", gas(3), fault.CostLimitExceeded, []uint32{3}},
		{"h", gas(4), fault.CostLimitExceeded, nil},
		{"f", gas(4), fault.CostLimitExceeded, []uint32{2}},
		{"g", gas(7), fault.CostLimitExceeded, []uint32{4, 4, 1}},
		{"loop", limits.Config{TimeLimit: -time.Second}, fault.Interrupted, nil},
		{"loop", limits.Config{TimeLimit: time.Second}, fault.Interrupted, []uint32{5}},
	} {
		vm := newVM(t, compat.Config{Limits: tc.limits})
		validated(t, vm, text)
		if err := vm.Instantiate(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, err := vm.Invoke(t.Context(), tc.function)
		failed, ok := errors.AsType[*compat.InvokeError](err)
		if !ok || failed.Fault.Code != tc.code || !slices.Equal(failed.Stack, tc.stack) {
			t.Errorf("%s under %+v: %+v; want code %v, stack %v", tc.function, tc.limits, failed, tc.code, tc.stack)
		}
	}
}
