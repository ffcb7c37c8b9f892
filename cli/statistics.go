package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
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
	if o.StatisticsInterval > 0 {
		if o.StatisticsFile == "" {
			return c, errors.New("--statistics-interval is for a file: --statistics-file names it")
		}
		c.Gauge = new(limits.Gauge)
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
	return r.write(r.used())
}

// write writes s where and how the options say.
func (r *runner) write(s limits.Statistics) error {
	var text []byte
	if r.options.StatisticsFormat == "json" {
		var err error
		if text, err = json.Marshal(s); err != nil {
			return err
		}
	} else {
		text = []byte(strings.Join(s.Lines(), "\n"))
	}
	if r.running != nil { // a file that is written in place has nothing of what was in it before
		r.longest = max(r.longest, len(text))
		text = append(text, bytes.Repeat([]byte(" "), r.longest-len(text))...)
	}
	text = append(text, '\n')
	if r.options.StatisticsFile == "" {
		_, err := r.Stdout.Write(text)
		return err
	}
	return writeFile(r.options.StatisticsFile, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
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
