package wasi2

import "testing"

// everything are the interfaces, with all tables made.
func everything() *Interfaces {
	h := NewInterfaces(nil)
	for name := range h.packages {
		h.table(name + "/")
	}
	return h
}

// TestTablesAreRead states that every signature in the tables is one, and of types that
// there are.
func TestTablesAreRead(t *testing.T) {
	h := everything()
	if len(h.all) == 0 {
		t.Error("there are no interfaces")
	}
	for name := range h.all {
		if h.make(name) == nil {
			t.Errorf("%s is not made", name)
		}
		for _, v := range []string{"0.2.0", "0.2.9"} {
			if h.find(name+"@"+v) == nil {
				t.Errorf("%s is not found in version %s", name, v)
			}
		}
		for _, v := range []string{"", "@0.3.0", "@0.20.0", "@1.0.0"} {
			if h.find(name+v) != nil {
				t.Errorf("%s is found as %s", name, name+v)
			}
		}
	}
}
