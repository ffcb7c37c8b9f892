package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"time"

	"github.com/wazedge/wazedge/limits"
)

// limits is what o says about accounting and bounds.
func (o *Options) limits() (limits.Config, error) {
	c := limits.Config{
		Instructions: o.CountInstructions || o.AllStatistics,
		Gas:          o.MeasureGas || o.AllStatistics,
		Time:         o.MeasureTime || o.AllStatistics,
		Profile:      o.Profile != "",
		TimeLimit:    time.Duration(int64(o.TimeLimit)) * time.Millisecond, // wraps around, as WasmEdge's does
		MaxDepth:     uint32(min(o.MaxCallDepth, math.MaxInt32)),

		TableElements: uint32(min(o.MaxTableElements, math.MaxUint32)),
		MaxMemory:     o.MaxMemory,
		MaxHeap:       o.GCHeapLimit,
		MaxOpenFiles:  int(min(o.MaxOpenFiles, math.MaxInt32)),
		MaxThreads:    int(min(o.MaxThreads, math.MaxInt32)),
		MaxOutput:     int64(min(o.MaxOutput, math.MaxInt64)),
	}
	if n := len(o.MemoryPageLimit); n > 0 {
		pages := uint32(o.MemoryPageLimit[n-1])
		c.MemoryPages = &pages
	}
	if n := len(o.GasLimit); n > 0 {
		limit := uint64(o.GasLimit[n-1])
		if o.GasLimit[n-1] < 0 {
			limit = uint64(uint32(limit)) // as WasmEdge's
		}
		c.GasLimit = &limit
	}
	if o.ownStatistics() && !c.Instructions && !c.Gas && !c.Time && c.GasLimit == nil {
		c.Instructions, c.Gas, c.Time = true, true, true
	}
	if o.GasCostTable == "" {
		return c, nil
	}
	f, err := os.Open(o.GasCostTable)
	if err != nil {
		return c, fmt.Errorf("cannot read the table of costs: %w", err)
	}
	defer f.Close()
	if c.Costs, err = limits.ReadCosts(f); err != nil {
		return c, fmt.Errorf("%s: %w", o.GasCostTable, err)
	}
	return c, nil
}

// ownStatistics reports whether statistics are wanted otherwise than WasmEdge
// prints them.
func (o *Options) ownStatistics() bool { return o.StatisticsFormat == "json" || o.StatisticsFile != "" }

// statistics logs what the guest has used so far, as WasmEdge does when an
// invocation is over.
func (r *runner) statistics() {
	s := r.used()
	if !s.Any() || r.options.ownStatistics() || r.counting != nil {
		return
	}
	defer r.deadline.speak()()
	for _, line := range s.Lines() {
		r.log.Info(line)
	}
}

// writeStatistics writes what the guest has used in all, if that is wanted
// otherwise than in the log: to a file, or as an object of JSON.
func (r *runner) writeStatistics() error {
	if !r.options.ownStatistics() || r.counting != nil {
		return nil
	}
	s := r.used()
	write := func(w io.Writer) error {
		if r.options.StatisticsFormat == "json" {
			b, err := json.Marshal(s)
			if err != nil {
				return err
			}
			_, err = w.Write(append(b, '\n'))
			return err
		}
		for _, line := range s.Lines() {
			if _, err := fmt.Fprintln(w, line); err != nil {
				return err
			}
		}
		return nil
	}
	if r.options.StatisticsFile == "" {
		return write(r.Stdout)
	}
	return writeFile(r.options.StatisticsFile, write)
}

// writeProfile writes what the guest has used by function to the file of --profile.
func (r *runner) writeProfile() error {
	p := r.profile()
	if p == nil {
		return nil
	}
	return writeFile(r.options.Profile, func(w io.Writer) error {
		_, err := p.WriteTo(w)
		return err
	})
}
