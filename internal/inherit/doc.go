// Package inherit keeps what the process was given by its parent, where the Go
// runtime would change it: which signals are ignored, what the others do by
// default, and the soft limit of open files. A guest's host then looks from
// outside as any C program does: "alarm 1", "ulimit -t", "nohup" and "kill"
// work on it, and nothing is printed.
//
// The runtime installs its handlers before any Go code runs and keeps what was
// there to itself. So this package is called earlier, by the runtime's entry,
// through the hook that is there for cgo (begin, in assembly). Where there is no
// such hook (in builds with cgo, and on processors without an assembly file) the
// signals that the parent ignored are not known, and only SIGHUP and SIGINT stay
// ignored.
//
// Where resources are limited so tightly that the runtime itself may give up, its
// dump of all stacks is replaced by a line and status 1: standard error then is a
// pipe that nobody reads, and the handler of SIGPIPE, which the first byte of a
// dump sets off, writes the line to the real one ([Stderr]).
package inherit
