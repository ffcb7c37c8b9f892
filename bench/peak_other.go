//go:build !unix

package main

import (
	"os"
	"time"
)

// peakMemory is 0: the system does not tell after the fact.
func peakMemory(*os.ProcessState) int64 { return 0 }

// processorTime is 0: it is not told.
func processorTime() time.Duration { return 0 }
