package wasi2

import (
	"time"

	"github.com/wazedge/wazedge/internal/component/exec"
)

// began is what the monotonic clock counts from.
var began = time.Now()

const resolution = 1 // ns

// datetime is t as a record of seconds and nanoseconds.
func datetime(t time.Time) exec.Value {
	return list(number(uint64(t.Unix())), number(uint32(t.Nanosecond())))
}

// monotonic is the clock's time for t.
func monotonic(t time.Time) uint64 { return uint64(t.Sub(began)) }

// instant is when the monotonic clock shows n.
func instant(n uint64) time.Time { return began.Add(time.Duration(min(n, 1<<63-1))) }

func clockInterfaces() []*iface {
	return []*iface{
		{
			name:  "wasi:clocks/monotonic-clock",
			uses:  []use{{"wasi:io/poll", []string{"pollable"}}},
			types: []definition{{"instant", "u64"}, {"duration", "u64"}},
			functions: []function{
				{"now", "() -> instant", func(*call, []exec.Value) (exec.Value, error) { return number(monotonic(time.Now())), nil }},
				{"resolution", "() -> duration", func(*call, []exec.Value) (exec.Value, error) { return number(uint64(resolution)), nil }},
				{"subscribe-instant", "(when: instant) -> pollable", func(c *call, a []exec.Value) (exec.Value, error) {
					return c.add(&pollable{at: instant(a[0].Bits)})
				}},
				{"subscribe-duration", "(when: duration) -> pollable", func(c *call, a []exec.Value) (exec.Value, error) {
					return c.add(&pollable{at: time.Now().Add(time.Duration(min(a[0].Bits, 1<<62)))})
				}},
			},
		},
		{
			name:  "wasi:clocks/wall-clock",
			types: []definition{{"datetime", "record{seconds: u64, nanoseconds: u32}"}},
			functions: []function{
				{"now", "() -> datetime", func(*call, []exec.Value) (exec.Value, error) { return datetime(time.Now()), nil }},
				{"resolution", "() -> datetime", func(*call, []exec.Value) (exec.Value, error) {
					return list(number(uint64(0)), number(uint64(resolution))), nil
				}},
			},
		},
	}
}
