package cli

import (
	"fmt"
	"testing"
	"time"
)

// What does not end by itself is given up on, and said to be interrupted, unless its
// report is under way.
func TestDeadline(t *testing.T) {
	t.Parallel()
	forever := func() int { select {} }
	for _, tc := range []struct {
		name   string
		before func(d *deadline) // what the run has come to
		run    func() int
		said   string
		status int
	}{
		{name: "ends in time", run: func() int { return 3 }, status: 3},
		{name: "never ends", before: func(d *deadline) { d.call("f") }, run: forever, said: "f", status: statusAborted},
		{name: "never ends what it calls", before: func(d *deadline) { d.call("f", 7) }, run: forever, said: "f 7", status: statusAborted},
		{name: "never ends its start function", before: func(d *deadline) { d.start() }, run: forever, said: " starts", status: statusFailed},
		{name: "never ends behind its start function", before: func(d *deadline) { d.start()() }, run: forever, said: "_start", status: statusAborted},
		{name: "hangs in its report", before: func(d *deadline) { d.speak() }, run: forever, status: statusAborted},
		{name: "hangs behind a report", before: func(d *deadline) { d.speak()() }, run: forever, said: "_start", status: statusAborted},
		{name: "hangs while it reports in the report", before: func(d *deadline) { d.speak(); d.speak()() }, run: forever, status: statusAborted},
		{name: "has said all", before: func(d *deadline) { d.finish(7) }, run: forever, status: 7},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			limit := -time.Second
			if tc.before == nil {
				limit = time.Hour
				tc.before = func(*deadline) {}
			}
			d := newDeadline(limit)
			d.call("_start")
			tc.before(d)
			said := make(chan string, 1)
			status := d.within(tc.run, func(c calling) {
				text := c.name
				if c.starts {
					text += " starts"
				}
				for _, x := range c.index {
					text += fmt.Sprint(" ", x)
				}
				said <- text
			})
			close(said)
			if got := <-said; got != tc.said || status != tc.status {
				t.Errorf("status %d, %q interrupted, want %d, %q", status, got, tc.status, tc.said)
			}
		})
	}
}

func TestLogThatCannotBeWrittenEnds(t *testing.T) {
	t.Parallel()
	d := newDeadline(-time.Second)
	d.call("f")
	if status := d.within(func() int { select {} }, func(calling) { select {} }); status != statusAborted {
		t.Errorf("status %d", status)
	}
}

func TestPanicWithinADeadlineIsSeenByTheCaller(t *testing.T) {
	defer func() {
		if recover() != "defect" {
			t.Error("no panic")
		}
	}()
	newDeadline(time.Hour).within(func() int { panic("defect") }, nil)
}

func TestNoDeadline(t *testing.T) {
	d := newDeadline(0)
	d.call("f")
	d.speak()()
	if status := d.within(func() int { d.finish(5); return 5 }, nil); status != 5 {
		t.Errorf("status %d", status)
	}
}
