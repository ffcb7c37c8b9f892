package guard

import "testing"

func TestReady(t *testing.T) {
	if err := Ready(); err != nil {
		t.Fatal(err)
	}
}
