package engine

import (
	"runtime"
	"testing"
)

// TestCompiles states that it is known of the processors and systems that are tested whether modules are compiled there.
func TestCompiles(t *testing.T) {
	want := runtime.GOOS == "linux" && (runtime.GOARCH == "amd64" || runtime.GOARCH == "arm64")
	if got := Compiles(t.Context()); got != want && runtime.GOOS == "linux" {
		t.Errorf("%v on %s/%s", got, runtime.GOOS, runtime.GOARCH)
	}
}
