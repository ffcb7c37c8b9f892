package cli

import (
	"time"
)

// tellStatistics writes what the guest has used every so often from now on, if the options
// say so. The caller calls stop before it writes the last of it.
func (r *runner) tellStatistics() (stop func()) {
	if r.running == nil {
		return func() {}
	}
	ending, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(time.Duration(min(r.options.StatisticsInterval, maxInterval)) * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-ending:
				return
			case <-ticker.C:
			}
			if r.write(r.running()) != nil {
				return // which is told at the end, should it be so then
			}
		}
	}()
	return func() { close(ending); <-ended }
}

// maxInterval is the longest time between two reports, in milliseconds.
const maxInterval = uint64(24 * time.Hour / time.Millisecond)
