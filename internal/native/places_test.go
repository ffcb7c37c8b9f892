package native

import "testing"

// TestPlaces states that what returns into a function stands at the last instruction whose code has ended there, and that
// functions without places are told from those with them.
func TestPlaces(t *testing.T) {
	p := placesOf([]*machineCode{
		nil,
		{places: []placed{{3, 100}, {3, 101}, {300, 20}, {301, 1 << 20}}},
		{},
		{places: []placed{{0, 7}}},
	})
	for _, c := range []struct {
		own, in, offset int64
		ok              bool
	}{
		{0, 5, -1, false},
		{1, 2, -1, true}, {1, 3, 100, true}, {1, 299, 100, true}, {1, 300, 20, true}, {1, 301, 1 << 20, true}, {1, 9999, 1 << 20, true},
		{2, 0, -1, false},
		{3, 0, 7, true},
		{4, 0, -1, false},
	} {
		if offset, ok := p.find(c.own, c.in); offset != c.offset || ok != c.ok {
			t.Errorf("function %d, %d bytes in: %d, %t; want %d, %t", c.own, c.in, offset, ok, c.offset, c.ok)
		}
	}
	if placesOf([]*machineCode{nil, {}}).Finder() != nil {
		t.Error("there are places where there is no code")
	}
	for cut := range p { // what is damaged is found elsewhere; here it ends
		p[:cut].find(3, 0)
	}
}
