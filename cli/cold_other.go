//go:build !unix

package cli

import "os/exec"

// detach and yield do nothing where there are no process groups and priorities.

func detach(*exec.Cmd) {}

func yield() {}
