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
	return List(Number(uint64(t.Unix())), Number(uint32(t.Nanosecond())))
}

// monotonic is the clock's time for t.
func monotonic(t time.Time) uint64 { return uint64(t.Sub(began)) }

// instant is when the monotonic clock shows n.
func instant(n uint64) time.Time { return began.Add(time.Duration(min(n, 1<<63-1))) }

func clockInterfaces() []*Interface {
	return []*Interface{
		{
			Name:  "wasi:clocks/monotonic-clock",
			Uses:  []Use{{"wasi:io/poll", []string{"pollable"}}},
			Types: []Definition{{"instant", "u64"}, {"duration", "u64"}},
			Functions: []Function{
				{"now", "() -> instant", func(*Call, []exec.Value) (exec.Value, error) { return Number(monotonic(time.Now())), nil }},
				{"resolution", "() -> duration", func(*Call, []exec.Value) (exec.Value, error) { return Number(uint64(resolution)), nil }},
				{"subscribe-instant", "(when: instant) -> pollable", func(c *Call, a []exec.Value) (exec.Value, error) {
					return c.Add(&Pollable{at: instant(a[0].Bits)})
				}},
				{"subscribe-duration", "(when: duration) -> pollable", func(c *Call, a []exec.Value) (exec.Value, error) {
					return c.Add(&Pollable{at: time.Now().Add(time.Duration(min(a[0].Bits, 1<<62)))})
				}},
			},
		},
		{
			Name:  "wasi:clocks/wall-clock",
			Types: []Definition{{"datetime", "record{seconds: u64, nanoseconds: u32}"}},
			Functions: []Function{
				{"now", "() -> datetime", func(*Call, []exec.Value) (exec.Value, error) { return datetime(time.Now()), nil }},
				{"resolution", "() -> datetime", func(*Call, []exec.Value) (exec.Value, error) {
					return List(Number(uint64(0)), Number(uint64(resolution))), nil
				}},
			},
		},
	}
}
