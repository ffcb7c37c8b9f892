//go:build !linux

package machine

// preferLargePages has nothing to ask for: the system chooses by itself.
func preferLargePages([]byte) {}
