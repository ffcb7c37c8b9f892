package hostfs

import "golang.org/x/sys/unix"

// dsync does more than it is asked for: package unix has no O_DSYNC for this system.
const dsync = unix.O_SYNC
