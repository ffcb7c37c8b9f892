//go:build !linux

package inherit

import (
	"os"
	"os/signal"
	"syscall"
)

// Notify has signals that would end the process come to c instead.
func Notify(c chan<- os.Signal, list ...syscall.Signal) {
	for _, sig := range list {
		signal.Notify(c, sig)
	}
}
