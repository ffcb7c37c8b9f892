package limits

import (
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// Statistics are what WasmEdge prints behind every invocation; the numbers run on
// from one invocation to the next.
type Statistics struct {
	Time, Instructions, Gas bool // what is known

	Wasm, Host time.Duration
	Count      uint64 // instructions
	GasCosts   uint64
	GasLimit   *uint64
}

// Any reports whether anything is known.
func (s *Statistics) Any() bool { return s.Time || s.Instructions || s.Gas }

// PerSecond is the number of instructions per second of wasm, by WasmEdge's
// arithmetic.
func (s *Statistics) PerSecond() uint64 {
	rate := float64(s.Count) / s.Wasm.Seconds()
	if math.IsNaN(rate) || rate >= math.MaxUint64 {
		return math.MaxUint64
	}
	return uint64(rate)
}

// Lines are the lines of WasmEdge's log, at level info.
func (s *Statistics) Lines() []string {
	lines := []string{"====================  Statistics  ===================="}
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	if s.Time {
		add(" Total execution time: %d ns", s.Wasm+s.Host)
		add(" Wasm instructions execution time: %d ns", s.Wasm)
		add(" Host functions execution time: %d ns", s.Host)
	}
	if s.Instructions {
		add(" Executed wasm instructions count: %d", s.Count)
	}
	if s.Gas {
		add(" Gas costs: %d", s.GasCosts)
	}
	if s.Instructions && s.Time {
		add(" Instructions per second: %d", s.PerSecond())
	}
	return append(lines, "=======================   End   ======================")
}

// MarshalJSON is one object with what is known: times in nanoseconds.
func (s Statistics) MarshalJSON() ([]byte, error) {
	var o struct {
		Total        *int64  `json:"total_ns,omitempty"`
		Wasm         *int64  `json:"wasm_ns,omitempty"`
		Host         *int64  `json:"host_ns,omitempty"`
		Instructions *uint64 `json:"instructions,omitempty"`
		PerSecond    *uint64 `json:"instructions_per_second,omitempty"`
		Gas          *uint64 `json:"gas,omitempty"`
		GasLimit     *uint64 `json:"gas_limit,omitempty"`
	}
	if s.Time {
		total, wasm, host := int64(s.Wasm+s.Host), int64(s.Wasm), int64(s.Host)
		o.Total, o.Wasm, o.Host = &total, &wasm, &host
	}
	if s.Instructions {
		o.Instructions = &s.Count
		if s.Time {
			rate := s.PerSecond()
			o.PerSecond = &rate
		}
	}
	if s.Gas {
		o.Gas, o.GasLimit = &s.GasCosts, s.GasLimit
	}
	return json.Marshal(o)
}
