//go:build unix && !linux

package engine

// preferHugePages has nothing to ask for: the system chooses by itself.
func preferHugePages([]byte) {}
