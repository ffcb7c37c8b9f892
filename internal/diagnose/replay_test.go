package diagnose

import (
	"testing"
	"time"

	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/machine"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wasm/validate"
	"github.com/wazedge/wazedge/internal/wat"
)

// TestStubsTakeThePlaceOfOthers states that a second run imports from hosts what they
// offer, and from modules that trap what came from other guests, each function once
// whatever the number of its imports; and that there is none for what is no function.
func TestStubsTakeThePlaceOfOthers(t *testing.T) {
	host := func(name string) bool { return name == "host" }
	for _, tc := range []struct {
		name, text string
		want       map[string]int // exports of the stubs
		ok         bool
	}{
		{"nothing", `(module)`, map[string]int{}, true},
		{"a host", `(module (import "host" "f" (func)))`, map[string]int{}, true},
		{"guests", `(module (import "a" "f" (func (param i32))) (import "b" "g" (func)) (import "a" "h" (func)) (import "a" "f" (func (param i32))))`,
			map[string]int{"a": 2, "b": 1}, true},
		{"a memory", `(module (import "a" "f" (func)) (import "a" "m" (memory 1)))`, nil, false},
		{"a global of a host's", `(module (import "host" "g" (global i32)))`, nil, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m, err := wat.Parse([]byte(tc.text))
			if err != nil {
				t.Fatal(err)
			}
			stubs, ok := stubsFor(m, host)
			if ok != tc.ok || len(stubs) != len(tc.want) {
				t.Fatalf("%d stubs, %t", len(stubs), ok)
			}
			for name, n := range tc.want {
				stub := stubs[name]
				if stub == nil || len(stub.Exports) != n || len(stub.Bodies) != n {
					t.Fatalf("%s: %+v", name, stub)
				}
				decoded, err := wasm.Decode(wasm.Encode(stub), wasm.Wasm3)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := validate.Module(decoded, wasm.Wasm3, validate.Options{Workers: 1, Store: wasm.NewTypeStore()}); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
}

// TestHistoryThatCannotBeRepeated states which calls a second run cannot make: too many,
// and those that were given references, which mean nothing in another engine.
func TestHistoryThatCannotBeRepeated(t *testing.T) {
	number := value.Value{Kind: value.I32, Lo: 1}
	null := value.Value{Kind: value.ExternRef, Null: true}
	reference := value.Value{Kind: value.ExternRef, Lo: 1}
	for _, tc := range []struct {
		name  string
		times int
		args  []value.Value
		lost  bool
	}{
		{"numbers and null", 1, []value.Value{number, null}, false},
		{"a reference", 1, []value.Value{number, reference}, true},
		{"as many as are repeated", replayCalls, nil, false},
		{"one more", replayCalls + 1, nil, true},
	} {
		var h History
		for range tc.times {
			h.Add("f", tc.args)
		}
		if h.lost != tc.lost {
			t.Errorf("%s: lost is %t", tc.name, h.lost)
		}
		if !h.lost && len(h.calls) != tc.times {
			t.Errorf("%s: %d calls of %d", tc.name, len(h.calls), tc.times)
		}
	}
}

// TestWorkedIsNoWaiting states that of the time that calls have taken only that counts in which the processor
// can have worked for them, where the system tells it.
func TestWorkedIsNoWaiting(t *testing.T) {
	var h History
	h.Spend(1000 * time.Hour)
	worked, cpu := h.worked(), machine.CPU()
	if cpu > 0 && worked > cpu {
		t.Errorf("worked %v, and the process has taken %v", worked, cpu)
	}
	h = History{}
	h.Spend(1)
	if h.worked() != 1 {
		t.Errorf("worked %v of 1ns", h.worked())
	}
}
