//go:build linux && !amd64 && !arm64

package inherit

// installHandlers does nothing on processors without an assembly file.
func installHandlers() {}
