//go:build !linux || !(amd64 || arm64)

package machine

func releaseProgram() {}
