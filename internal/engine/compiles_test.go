package engine

import (
	"runtime"
	"testing"
)

// TestCompiles states that it is known of Linux's processors whether modules are compiled there.
func TestCompiles(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("other systems' rules are the engine's")
	}
	want := runtime.GOARCH == "amd64" || runtime.GOARCH == "arm64"
	if got := Compiles(t.Context()); got != want {
		t.Errorf("%v on %s", got, runtime.GOARCH)
	}
}
