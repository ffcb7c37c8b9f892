package hostfs

import "golang.org/x/sys/unix"

// fionread is FIONREAD, which terminals call TIOCINQ.
const fionread = unix.TIOCINQ
