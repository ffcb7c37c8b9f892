package compat_test

import (
	"testing"
	"time"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/estimate"
	"github.com/wazedge/wazedge/internal/sizes"
	"github.com/wazedge/wazedge/internal/wasm"
)

// TestNothingSmallStartsSlowly states that a module of some 100 kB starts within
// 2 seconds, whatever it has very many of. The bound leaves room for a busy machine.
func TestNothingSmallStartsSlowly(t *testing.T) {
	const bound = time.Minute
	features := wasm.Wasm3 | wasm.Threads
	for i := range sizes.Kinds {
		k := &sizes.Kinds[i]
		if k.Name == "imports and calls" {
			continue // nobody exports that much
		}
		vm := compat.New(compat.Config{Features: &features, Alone: true})
		n := k.N
		if estimate.Module(k.Module(n)).Excess < time.Second {
			n /= 4 // these take their time, and no more than in proportion
		}
		b := k.Binary(n)
		began := time.Now()
		err := vm.Load(b)
		if err == nil {
			err = vm.Validate()
		}
		if err == nil {
			err = vm.Instantiate(t.Context())
		}
		if err != nil {
			t.Errorf("%s: %v", k.Name, err)
		}
		if d := time.Since(began); d > bound {
			t.Errorf("%s: started after %s", k.Name, d)
		} else {
			t.Logf("%s: %s", k.Name, d)
		}
		if err := vm.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
