package wasi

import (
	"math"
	"sync"
	"time"
)

// pollLayout is where the parts of a subscription are, which differs between
// preview 1 and snapshot 0. Its user data u64 is at 0, its type u8 at 8.
type pollLayout struct {
	size                                  size
	file                                  int // u32
	clock, timeout, precision, clockFlags int // u32, u64, u64, u16
}

var (
	poll1 = pollLayout{size: 48, file: 16, clock: 16, timeout: 24, precision: 32, clockFlags: 40}
	poll0 = pollLayout{size: 56, file: 16, clock: 24, timeout: 32, precision: 40, clockFlags: 48}
)

// eventSize is the size of the structure event: user data u64 at 0, error u16 at
// 8, type u8 at 10, number of bytes u64 at 16, flags u16 at 24.
const eventSize = 32

// pollIn and pollOut say what to wait for.
const (
	pollIn int16 = 1 << iota
	pollOut
)

// subscription is what one subscription of a call waits for.
type subscription struct {
	userdata uint64
	kind     eventtype
	errno    Errno         // why it cannot be waited for
	file     *descriptor   // of a read or write, to be released
	wait     time.Duration // of a clock: how long from the start of the call
	ready    bool
	hangup   bool
}

// poller is what a call needs beside the subscriptions; it is kept for the next.
type poller struct {
	subs []subscription
	sys  sysPoller
}

var pollers = sync.Pool{New: func() any { return new(poller) }}

// free releases the descriptors and gives p back.
func (p *poller) free() {
	for i := range p.subs {
		if d := p.subs[i].file; d != nil {
			d.release()
		}
	}
	clear(p.subs)
	p.subs = p.subs[:0]
	pollers.Put(p)
}

// pollOneoff waits until one of the subscriptions, clocks or descriptors to be
// read or written, is due, and tells of all that are. A subscription that cannot
// be waited for is due at once with an error. WasmEdge takes no subscriptions at
// all for success and returns at once.
func (h *Host) pollOneoff(m memory, in, out ptr64, n size, result ptr32) Errno {
	return h.poll(m, &poll1, in, out, n, result)
}

func (h *Host) poll(m memory, layout *pollLayout, in, out ptr64, n size, result ptr32) Errno {
	subs, errno := m.array(ptr(in), n, layout.size)
	if errno != Success {
		return errno
	}
	events, errno := m.array(ptr(out), n, eventSize)
	if errno != Success {
		return errno
	}
	count, errno := m.u32(result)
	if errno != Success {
		return errno
	}
	if n == 0 {
		put32(count, 0)
		return Success
	}
	p := pollers.Get().(*poller)
	defer p.free()
	for ; len(subs) > 0; subs = subs[layout.size:] {
		p.subs = append(p.subs, h.subscribe(layout, subs))
	}
	if errno := h.await(p); errno != Success {
		return errno
	}
	due := 0
	for i := range p.subs {
		if s := &p.subs[i]; s.ready {
			s.put(events[due*eventSize:][:eventSize])
			due++
		}
	}
	put32(count, uint32(due))
	return Success
}

// subscribe reads a subscription.
func (h *Host) subscribe(layout *pollLayout, b []byte) subscription {
	s := subscription{userdata: get64(b), kind: eventtype(b[8])}
	switch s.kind {
	case eventClock:
		flags := get16(b[layout.clockFlags:])
		if flags&^subclockAbstime != 0 {
			s.errno = EINVAL
			break
		}
		s.wait, s.errno = h.until(clockid(get32(b[layout.clock:])), get64(b[layout.timeout:]), flags&subclockAbstime != 0)
	case eventFdRead, eventFdWrite:
		s.file, s.errno = h.open(fdnum(get32(b[layout.file:])), RightPollFdReadwrite)
	default:
		s.errno = EINVAL
	}
	s.ready = s.errno != Success
	return s
}

// until is how long from now a clock's timeout is away. Only the clocks of the
// world can be waited for.
func (h *Host) until(id clockid, timeout uint64, absolute bool) (time.Duration, Errno) {
	if id > clockMonotonic {
		return 0, EINVAL
	}
	if absolute {
		now, errno := h.now(id)
		if errno != Success {
			return 0, errno
		}
		timeout -= min(timeout, now)
	}
	return time.Duration(min(timeout, math.MaxInt64)), Success
}

// await waits until a subscription of p is ready and marks all that are.
func (h *Host) await(p *poller) Errno {
	start := time.Now()
	files, wait := 0, time.Duration(-1)
	for i := range p.subs {
		s := &p.subs[i]
		switch {
		case s.ready:
			wait = 0
		case s.file != nil:
			files++
		case wait < 0 || s.wait < wait:
			wait = s.wait
		}
	}
	if files == 0 {
		if errno := h.sleep(wait); errno != Success {
			return errno
		}
	} else if errno := h.pollFiles(p, start, wait); errno != Success {
		return errno
	}
	passed := time.Since(start)
	for i := range p.subs {
		if s := &p.subs[i]; s.kind == eventClock && s.errno == Success && s.wait <= passed {
			s.ready = true
		}
	}
	return Success
}

// put writes the event of s.
func (s *subscription) put(b []byte) {
	clear(b)
	put64(b, s.userdata)
	put16(b[8:], uint16(s.errno))
	b[10] = byte(s.kind)
	if s.errno != Success || s.kind == eventClock {
		return
	}
	if s.kind == eventFdRead {
		put64(b[16:], s.file.file.readable())
	} else {
		put64(b[16:], s.file.file.writable())
	}
	if s.hangup {
		put16(b[24:], eventHangup)
	}
}
