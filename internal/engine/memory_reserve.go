//go:build freebsd || openbsd || dragonfly || zos || aix || solaris || illumos

package engine

// mapNoReserve is nothing where the system has no such flag or ignores it.
const mapNoReserve = 0
