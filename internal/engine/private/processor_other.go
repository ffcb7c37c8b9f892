//go:build !amd64 && !arm64

package private

// Detected is nothing: wazero compiles for no such processor.
func Detected() uint64 { return 0 }
