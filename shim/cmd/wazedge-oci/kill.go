package main

import (
	"context"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/wazedge/wazedge/shim/internal/begun"
	"github.com/wazedge/wazedge/shim/internal/config"
	"github.com/wazedge/wazedge/shim/internal/guest"
	"github.com/wazedge/wazedge/shim/internal/runtimeline"
)

// await returns when the runtime may send a container the signal that line is for, which is when wazedge has begun
// in it, if it runs a module. Our shim has waited itself.
func await(runtime string, line runtimeline.Line) {
	words := line.Words()
	if len(words) == 0 || os.Getenv(addressVariable) != "" {
		return
	}
	sig := signalOf(words[1:])
	if sig == unix.SIGKILL {
		return
	}
	at, err := stateOf(runtime, line.Root, words[0])
	if err != nil || at.Status != "running" {
		return // the runtime says what is wrong
	}
	if c, err := config.Read(at.Bundle); err == nil && guest.Handled(c) {
		begun.Await(context.Background(), at.Pid, sig)
	}
}

// signalOf is the signal that the words behind a container's name are for: a number or a name, SIGTERM if there
// is none. What is no signal is SIGKILL, for which nobody waits.
func signalOf(words []string) unix.Signal {
	if len(words) == 0 {
		return unix.SIGTERM
	}
	if n, err := strconv.Atoi(words[0]); err == nil {
		return unix.Signal(n)
	}
	if sig := unix.SignalNum("SIG" + strings.TrimPrefix(strings.ToUpper(words[0]), "SIG")); sig > 0 {
		return sig
	}
	return unix.SIGKILL
}
