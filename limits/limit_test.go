package limits_test

import (
	"testing"

	"github.com/wazedge/wazedge/limits"
)

func TestEveryLimitStopsWhereTheReferenceStops(t *testing.T) {
	programs := 20
	if testing.Short() {
		programs = 4
	}
	for seed := uint64(0); programs > 0; seed++ {
		m := randomModule(seed)
		whole := refer(m, uint32(seed), limits.Config{Instructions: true})
		if whole.end == errTooBig || whole.count < 20 || whole.count > 300 || len(whole.hosts) < 2 {
			continue
		}
		programs--
		for limit := uint64(0); limit <= whole.count; limit++ {
			c := limits.Config{Instructions: true, GasLimit: &limit}
			want := refer(m, uint32(seed), c)
			got := meter(t, m, uint32(seed), c, way(limit%uint64(ways)))
			if !got.equal(&want) || got.refusedAt != want.refusedAt {
				t.Fatalf("seed %d, limit %d: %+v, want %+v", seed, limit, got, want)
			}
			// Where a limit is large, the place is not told, but all else is the same.
			v := c.Variant()
			v.Precise = false
			if got := meterAs(t, m, uint32(seed), c, v, compiled); !got.equal(&want) {
				t.Fatalf("seed %d, limit %d, not precise: %+v, want %+v", seed, limit, got, want)
			}
		}
	}
}
