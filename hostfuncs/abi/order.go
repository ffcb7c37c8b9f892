//go:build !race

package abi

// ordered says that Go's race detector is told of the order of calls; see order_race.go.
const ordered = false
