//go:build !unix

package machine

import "time"

// CPU is 0: it cannot be told.
func CPU() time.Duration { return 0 }
