package fault

import "testing"

// TestOutOfBounds states how an access is told: its first and last address, of an empty
// one the same, and the last one that there is; addresses may take 65 bits.
func TestOutOfBounds(t *testing.T) {
	for _, tc := range []struct {
		name         string
		from         Address
		length, size uint64
		want         string
	}{
		{"one byte", Address{Lo: 65536}, 1, 65536, "Accessing offset from: 0x00010000 to: 0x00010000 , Out of boundary: 0x0000ffff"},
		{"eight bytes", Address{Lo: 65532}, 8, 65536, "Accessing offset from: 0x0000fffc to: 0x00010003 , Out of boundary: 0x0000ffff"},
		{"no bytes", Address{Lo: 7}, 0, 4, "Accessing offset from: 0x00000007 to: 0x00000007 , Out of boundary: 0x00000003"},
		{"nothing there", Address{}, 1, 0, "Accessing offset from: 0x00000000 to: 0x00000000 , Out of boundary: 0x00000000"},
		{"an end of 65 bits", Address{Lo: 1<<64 - 1}, 2, 1, "Accessing offset from: 0xffffffffffffffff to: 0x10000000000000000 , Out of boundary: 0x00000000"},
		{"a sum of 65 bits", Address{Lo: 1<<64 - 1}.Plus(16), 1, 1, "Accessing offset from: 0x1000000000000000f to: 0x1000000000000000f , Out of boundary: 0x00000000"},
	} {
		if got := OutOfBounds(tc.from, tc.length, tc.size); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}
