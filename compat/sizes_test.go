package compat_test

import (
	"errors"
	"testing"
	"time"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/estimate"
	"github.com/wazedge/wazedge/internal/sizes"
	"github.com/wazedge/wazedge/internal/wasm"
)

// TestNothingSmallStartsSlowly states that a module of some 100 kB starts within
// 2 seconds, whatever it has very many of. The bound leaves room for a busy machine, and for those that start beside it.
func TestNothingSmallStartsSlowly(t *testing.T) {
	t.Parallel()
	const bound = 2 * time.Minute
	for i := range sizes.Kinds {
		k := &sizes.Kinds[i]
		if k.Name == "imports and calls" {
			continue // nobody exports that much
		}
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			n := k.N
			if estimate.Module(k.Module(n)).Excess < time.Second {
				n /= 4 // these take their time, and no more than in proportion
			}
			if d := start(t, k.Binary(n)); d > bound {
				t.Errorf("started after %s", d)
			}
		})
	}
}

// start is how long a module takes until it has been instantiated.
func start(t *testing.T, binary []byte) time.Duration {
	t.Helper()
	features := wasm.Wasm3 | wasm.Threads
	vm := compat.New(compat.Config{Features: &features, Alone: true})
	began := time.Now()
	err := vm.Load(binary)
	if err == nil {
		err = vm.Validate()
	}
	if err == nil {
		err = vm.Instantiate(t.Context())
	}
	d := time.Since(began)
	if err := errors.Join(err, vm.Close(t.Context())); err != nil {
		t.Error(err)
	}
	return d
}
