//go:build !linux

package machine

func limits() []Limit { return nil }
