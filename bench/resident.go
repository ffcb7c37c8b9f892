package main

import (
	"fmt"
	"os"
	"time"
)

// sampleResident looks at the resident memory of process pid every two milliseconds, where /proc has it, until
// what it returns is called, which returns the mean in bytes.
func sampleResident(pid int) (mean func() int64) {
	path := fmt.Sprintf("/proc/%d/statm", pid)
	end, done := make(chan struct{}), make(chan int64)
	go func() {
		sum, n := int64(0), int64(0)
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for {
			if text, err := os.ReadFile(path); err == nil {
				var size, pages int64
				if _, err := fmt.Sscan(string(text), &size, &pages); err == nil && pages > 0 {
					sum, n = sum+pages*int64(os.Getpagesize()), n+1
				}
			}
			select {
			case <-tick.C:
			case <-end:
				done <- sum / max(n, 1)
				return
			}
		}
	}()
	return func() int64 {
		close(end)
		return <-done
	}
}
