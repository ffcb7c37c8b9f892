//go:build unix && !freebsd

package hostfs

import "golang.org/x/sys/unix"

const dsync = unix.O_DSYNC
