package limits

import (
	"encoding/json"
	"math"
	"slices"
	"testing"
	"time"
)

func TestLinesShowWhatIsKnown(t *testing.T) {
	s := Statistics{Wasm: 2 * time.Second, Host: time.Second, Count: 3000, GasCosts: 5}
	const first, last = "====================  Statistics  ====================", "=======================   End   ======================"
	for _, tc := range []struct {
		time, instructions, gas bool
		want                    []string
	}{
		{false, true, false, []string{first, " Executed wasm instructions count: 3000", last}},
		{false, false, true, []string{first, " Gas costs: 5", last}},
		{true, false, true, []string{first,
			" Total execution time: 3000000000 ns", " Wasm instructions execution time: 2000000000 ns",
			" Host functions execution time: 1000000000 ns", " Gas costs: 5", last}},
		{true, true, true, []string{first,
			" Total execution time: 3000000000 ns", " Wasm instructions execution time: 2000000000 ns",
			" Host functions execution time: 1000000000 ns", " Executed wasm instructions count: 3000", " Gas costs: 5",
			" Instructions per second: 1500", last}},
	} {
		s.Time, s.Instructions, s.Gas = tc.time, tc.instructions, tc.gas
		if got := s.Lines(); !slices.Equal(got, tc.want) {
			t.Errorf("time %v, instructions %v, gas %v: %q, want %q", tc.time, tc.instructions, tc.gas, got, tc.want)
		}
	}
}

func TestPerSecondOfNoTime(t *testing.T) {
	if got := (&Statistics{}).PerSecond(); got != math.MaxUint64 {
		t.Errorf("nothing in no time: %d per second, want %d", got, uint64(math.MaxUint64))
	}
}

func TestJSONHasWhatIsKnown(t *testing.T) {
	limit := uint64(9)
	for _, tc := range []struct {
		s    Statistics
		want string
	}{
		{Statistics{}, `{}`},
		{Statistics{Instructions: true, Count: 3}, `{"instructions":3}`},
		{Statistics{Gas: true, GasCosts: 0, GasLimit: &limit}, `{"gas":0,"gas_limit":9}`},
		{Statistics{Time: true, Instructions: true, Wasm: 1e9, Host: 1, Count: 7},
			`{"total_ns":1000000001,"wasm_ns":1000000000,"host_ns":1,"instructions":7,"instructions_per_second":7}`},
	} {
		if got, err := json.Marshal(tc.s); err != nil || string(got) != tc.want {
			t.Errorf("%s, %v; want %s", got, err, tc.want)
		}
	}
}
