package inherit

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// Notify has signals that would end the process come to c instead, from those of list that
// the parent of this process has not had it ignore. It undoes what [Restore] has done about
// them.
func Notify(c chan<- os.Signal, list ...syscall.Signal) {
	runtimes, ok := get(unix.SIGURG) // which the runtime needs, and its handler is one for all
	for _, sig := range list {
		if isIgnored(sig) {
			continue
		}
		if ok && runtimes.handler > ign {
			set(sig, &runtimes)
		}
		signal.Notify(c, sig)
	}
}
