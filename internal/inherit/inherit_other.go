//go:build !linux

package inherit

import "os"

// Restore does nothing here: the runtime's dispositions stay.
func Restore() {}

// Stderr is the standard error that the process was given.
func Stderr() *os.File { return os.Stderr }

// IgnoresPipe reports whether the parent of this process had it ignore SIGPIPE.
func IgnoresPipe() bool { return false }

// LimitsFileSize reports whether a write may end this process by SIGXFSZ.
func LimitsFileSize() bool { return false }
