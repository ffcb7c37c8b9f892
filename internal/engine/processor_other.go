//go:build !amd64 && !arm64

package engine

// detectedFeatures is nothing: wazero compiles for no such processor.
func detectedFeatures() uint64 { return 0 }
