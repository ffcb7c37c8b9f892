//go:build amd64 || arm64

package machine

// GrowStack makes the stack of the goroutine that calls it larger by 48 KiB at once, as its frame is so large. Go would double the
// stack each time that it does not suffice, and copy it.
func GrowStack()
