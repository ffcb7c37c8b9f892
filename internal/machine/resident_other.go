//go:build !linux

package machine

func resident() uint64 { return 0 }
