package native_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/internal/native"
)

// TestConstantDivisors states that divisions by constants give what the instructions would:
// quotients are rounded towards zero, and remainders have the sign of the dividend (core 4.3.2).
func TestConstantDivisors(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	divisors := []uint64{1, 2, 3, 5, 6, 7, 9, 10, 11, 12, 14, 25, 28, 60, 100, 125, 641, 1000, 3600, 1e6, 1e9, 1e9 + 7, 1e18, 6700417,
		math.MaxInt32, math.MaxUint32, math.MaxInt64, math.MaxUint64, 1 << 31, 1 << 32, 1 << 63}
	for k := range 64 {
		for d := range uint64(3) {
			divisors = append(divisors, 1<<k+d-1)
		}
		divisors = append(divisors, random.Uint64()>>k, -(random.Uint64() >> k))
	}
	for _, width := range []int{32, 64} {
		mask := uint64(math.MaxUint64) >> (64 - width)
		var text strings.Builder
		text.WriteString("(module")
		seen := map[uint64]bool{}
		var list []uint64
		for _, c := range divisors {
			if c &= mask; c != 0 && !seen[c] {
				seen[c] = true
				list = append(list, c)
				for _, o := range []string{"div_s", "div_u", "rem_s", "rem_u"} {
					fmt.Fprintf(&text, `(func (export "%[1]s %[2]d") (param i%[3]d) (result i%[3]d) (i%[3]d.%[1]s (local.get 0) (i%[3]d.const %[2]d)))`, o, c, width)
				}
			}
		}
		text.WriteString(")")
		ours, res := optimized(t, assemble(t, text.String()), native.Options{}, nil)
		for _, err := range res.Reasons {
			t.Error(err)
		}
		signed := func(v uint64) int64 { return int64(v<<(64-width)) >> (64 - width) }
		for _, c := range list {
			dividends := []uint64{0, 1, 2, c - 1, c, c + 1, 2*c - 1, 2 * c, -c, 1 - c, -c - 1, mask, mask - 1, mask>>1 + 1, mask >> 1, mask>>1 + 2, mask / c * c, mask/c*c - 1, mask>>1/c*c - 1}
			for range 12 {
				dividends = append(dividends, random.Uint64()>>random.IntN(64), random.Uint64()/c*c-uint64(random.IntN(2)))
			}
			for _, n := range dividends {
				n &= mask
				want := map[string]uint64{"div_u": n / c, "rem_u": n % c}
				overflow := signed(c) == -1 && n == mask>>1+1
				if !overflow {
					want["div_s"] = uint64(signed(n)/signed(c)) & mask
				}
				want["rem_s"] = uint64(signed(n)%signed(c)) & mask
				for o, result := range want {
					if got := call(ours, fmt.Sprint(o, " ", c), n); got != fmt.Sprint(result) {
						t.Errorf("i%d: %d %s %d = %s, want %d", width, n, o, c, got, result)
					}
				}
				if overflow && call(ours, fmt.Sprint("div_s ", c), n) == fmt.Sprint(n) {
					t.Errorf("i%d: %d / -1 does not trap", width, n)
				}
			}
		}
	}
}
