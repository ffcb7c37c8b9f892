package wasi

import (
	"math"
	"sync"
	"time"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/hostnet"
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

// maxPollCopy is how many subscriptions are copied when the events would overwrite
// some that are still to be looked at.
const maxPollCopy = 4096

// pollPiece is how many subscriptions are looked at before a call looks whether
// the guest is to stop.
const pollPiece = 4096

// subscription is what one subscription asks for.
type subscription struct {
	userdata uint64
	kind     eventtype
	errno    Errno         // why it cannot be waited for
	fd       fdnum         // of a read or write
	wait     time.Duration // of a clock: how long from the start of the call
}

// polled is a descriptor that a call waits for, however many subscriptions ask for it.
type polled struct {
	file  *descriptor
	bytes [2]uint64 // by direction, once it is ready
}

// poller is what a call needs beside the guest's own list of subscriptions, which
// may be of any length: the descriptors in it. It is kept for the next call.
type poller struct {
	layout  *pollLayout
	start   time.Time
	files   []polled
	waits   []hostnet.Polled // for the same descriptors
	numbers map[fdnum]int    // where in files a number's descriptor is
	wait    time.Duration    // until the nearest clock, or negative
	copied  []byte
	sys     hostnet.Poller
}

var pollers = sync.Pool{New: func() any { return &poller{numbers: map[fdnum]int{}} }}

// free releases the descriptors and gives p back, if it has not become large.
func (p *poller) free() {
	for i := range p.files {
		p.files[i].file.Release()
	}
	if cap(p.files) > maxPollCopy {
		return
	}
	clear(p.files)
	clear(p.numbers)
	p.files, p.waits = p.files[:0], p.waits[:0]
	pollers.Put(p)
}

// pollOneoff waits until one of the subscriptions, clocks or descriptors to be
// read or written, is due, and tells of all that are. A subscription that cannot
// be waited for is due at once with an error. WasmEdge takes no subscriptions at
// all for success and returns at once.
//
//   - in: the subscriptions, 48 bytes each
//   - out: place for as many events, 32 bytes each
//   - n: how many subscriptions there are
//   - result: place for the number of events, u32
//
// Errors: NOMEM if more than 4,096 subscriptions would be overwritten by events; INTR. What
// is wrong with a subscription is told in its event: BADF, NOTCAPABLE, INVAL for an unknown
// type, clock or flag.
//
// Memory: the number of events, and the events. A subscription and its event have
//
//	0:  user data u64              0:  user data u64
//	8:  type u8: 0 clock,          8:  error u16
//	    1 read, 2 write            10: type u8
//	16: clock u32, or descriptor   16: bytes that can be moved u64
//	24: timeout u64                24: flags u16: 1 the peer is gone
//	32: precision u64
//	40: flags u16: 1 the timeout is a time
func (h *Host) pollOneoff(m memory, in, out ptr64, n size, result ptr32) Errno {
	return h.poll(m, &poll1, in, out, n, result)
}

func (h *Host) poll(m memory, layout *pollLayout, in, out ptr64, n size, result ptr32) Errno {
	subs, ok := m.InputArray(ptr(in), n, layout.size)
	if !ok {
		return EFAULT
	}
	events, ok := m.Array(ptr(out), n, eventSize)
	if !ok {
		return EFAULT
	}
	count, ok := m.U32(result)
	if !ok {
		return EFAULT
	}
	if n == 0 {
		abi.Put32(count, 0)
		return Success
	}
	p := pollers.Get().(*poller)
	defer p.free()
	p.layout, p.start, p.wait = layout, time.Now(), -1
	if out > in && uint64(out) < uint64(in)+uint64(len(subs)) {
		// Otherwise an event, which is shorter than a subscription, takes only
		// the place of those that have been looked at.
		if n > maxPollCopy {
			return ENOMEM
		}
		p.copied = append(p.copied[:0], subs...)
		subs = p.copied
	}
	if errno := h.survey(p, subs); errno != Success {
		return errno
	}
	if errno := h.await(p); errno != Success {
		return errno
	}
	due, errno := h.report(p, subs, events)
	if errno == Success {
		abi.Put32(count, uint32(due))
	}
	return errno
}

// survey finds out what the subscriptions wait for.
func (h *Host) survey(p *poller, subs []byte) Errno {
	for i := 0; len(subs) > 0; i++ {
		if i%pollPiece == 0 && h.guest.Interrupted() {
			return EINTR
		}
		s := h.subscription(p, subs)
		subs = subs[p.layout.size:]
		switch {
		case s.errno != Success || h.watch(p, &s) != Success:
			p.wait = 0
		case s.kind == eventClock && (p.wait < 0 || s.wait < p.wait):
			p.wait = s.wait
		}
	}
	return Success
}

// report writes the events of the subscriptions that are due and counts them.
func (h *Host) report(p *poller, subs, events []byte) (int, Errno) {
	passed := time.Since(p.start)
	due := 0
	for i := 0; len(subs) > 0; i++ {
		if i%pollPiece == 0 && h.guest.Interrupted() {
			return 0, EINTR
		}
		s := h.subscription(p, subs)
		subs = subs[p.layout.size:]
		var f *polled
		hangup := false
		switch {
		case s.errno != Success:
		case s.kind == eventClock:
			if s.wait > passed {
				continue
			}
		default:
			if s.errno = h.watch(p, &s); s.errno == Success {
				n := p.numbers[s.fd]
				if f = &p.files[n]; p.waits[n].Broken {
					s.errno = EBADF
				} else if !p.waits[n].Ready[s.direction()] {
					continue
				}
				hangup = p.waits[n].Hangup
			}
		}
		s.put(events[due*eventSize:][:eventSize], f, hangup)
		due++
	}
	return due, Success
}

// subscription reads a subscription.
func (h *Host) subscription(p *poller, b []byte) subscription {
	s := subscription{userdata: abi.Get64(b), kind: eventtype(b[8])}
	switch s.kind {
	case eventClock:
		flags := abi.Get16(b[p.layout.clockFlags:])
		if flags&^subclockAbstime != 0 {
			s.errno = EINVAL
			break
		}
		s.wait, s.errno = h.until(p.start, clockid(abi.Get32(b[p.layout.clock:])), abi.Get64(b[p.layout.timeout:]), flags&subclockAbstime != 0)
	case eventFdRead, eventFdWrite:
		s.fd = fdnum(abi.Get32(b[p.layout.file:]))
	default:
		s.errno = EINVAL
	}
	return s
}

// direction is what a subscription of a descriptor waits for.
func (s *subscription) direction() hostnet.Direction {
	if s.kind == eventFdWrite {
		return hostnet.ToWrite
	}
	return hostnet.ToRead
}

// watch adds the descriptor that s waits for, if it does for one, to those of p.
// It may be waited for with a right for that, or with the one to do what it is
// waited for.
func (h *Host) watch(p *poller, s *subscription) Errno {
	if s.kind == eventClock {
		return Success
	}
	i, ok := p.numbers[s.fd]
	if !ok {
		d, errno := h.table.get(s.fd)
		if errno != Success {
			return errno
		}
		i = len(p.files)
		p.files = append(p.files, polled{file: d})
		p.waits = append(p.waits, hostnet.Polled{Descriptor: d.number()})
		p.numbers[s.fd] = i
	}
	f, dir := &p.files[i], s.direction()
	if f.file.check(RightPollFdReadwrite) != Success && f.file.check([...]Rights{RightFdRead, RightFdWrite}[dir]) != Success {
		return ENOTCAPABLE
	}
	p.waits[i].Asked[dir] = true
	return Success
}

// until is how long after start a clock's timeout is. Only the clocks of the world
// can be waited for.
func (h *Host) until(start time.Time, id clockid, timeout uint64, absolute bool) (time.Duration, Errno) {
	if id > clockMonotonic {
		return 0, EINVAL
	}
	if absolute {
		now := uint64(start.UnixNano())
		if id == clockMonotonic {
			now = uint64(h.boot + start.Sub(h.start))
		}
		timeout -= min(timeout, now)
	}
	return time.Duration(min(timeout, math.MaxInt64)), Success
}

// await waits until a subscription of p is due.
func (h *Host) await(p *poller) Errno {
	if len(p.files) == 0 {
		return h.sleep(p.wait)
	}
	var w *hostnet.Waker
	if h.guest.Interruptible() {
		w = &h.wake
	}
	if err := p.sys.Wait(p.waits, w, p.start, p.wait); err != nil {
		return errnoOf(err)
	}
	if h.guest.Interrupted() {
		return EINTR
	}
	for i := range p.files {
		f, ready := &p.files[i], &p.waits[i].Ready
		if ready[hostnet.ToRead] {
			f.bytes[hostnet.ToRead] = f.file.file.Readable()
		}
		if ready[hostnet.ToWrite] {
			f.bytes[hostnet.ToWrite] = f.file.file.Writable()
		}
	}
	return Success
}

// waitReady waits until d can be read or written.
func (h *Host) waitReady(d *descriptor, dir hostnet.Direction) Errno {
	if err := hostnet.WaitReady(d.number(), dir, &h.wake); err != nil {
		return errnoOf(err)
	}
	if h.guest.Interrupted() {
		return EINTR
	}
	return Success
}

// put writes the event of s, whose descriptor is f if it is ready.
func (s *subscription) put(b []byte, f *polled, hangup bool) {
	clear(b)
	abi.Put64(b, s.userdata)
	abi.Put16(b[8:], uint16(s.errno))
	b[10] = byte(s.kind)
	if s.errno != Success || f == nil {
		return
	}
	abi.Put64(b[16:], f.bytes[s.direction()])
	if hangup {
		abi.Put16(b[24:], eventHangup)
	}
}
