//go:build unix && !freebsd

package wasi

import "golang.org/x/sys/unix"

const dsync = unix.O_DSYNC
