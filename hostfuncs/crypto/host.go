package crypto

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// What a guest may have at once.
const (
	MaxHandles = 1 << 16   // objects
	MaxHeld    = 256 << 20 // bytes in objects, and of the data that calls work on; no more than its memory may be
)

// Config is what a [Host] is to be.
type Config struct {
	// Keys is the directory in which managed keys are kept, made when the first one is
	// to be. Without it they are forgotten with the host.
	Keys string

	// MaxMemory is how many bytes the guest may take, 0 if nothing is known of that.
	MaxMemory uint64

	// Now is the clock by which keys expire; nil stands for the system's.
	Now func() time.Time
}

// Host is wasi-crypto for one guest: the state of all its namespaces.
type Host struct {
	guest *abi.Guest
	now   func() time.Time
	vault vault
	held  atomic.Int64
	most  int64 // that may be held

	mu      sync.Mutex
	objects map[uint32]object
	last    [kinds]uint32 // the number given last, by kind
}

// New is wasi-crypto for g, with no objects.
func New(g *abi.Guest, c Config) *Host {
	h := &Host{guest: g, now: c.Now, most: MaxHeld, objects: map[uint32]object{}}
	if c.MaxMemory > 0 {
		h.most = int64(min(c.MaxMemory, MaxHeld))
	}
	if h.now == nil {
		h.now = time.Now
	}
	if c.Keys != "" {
		h.vault = &directory{dir: c.Keys}
	} else {
		h.vault = &memory{host: h}
	}
	return h
}

// Close closes all objects, and forgets the managed keys that no directory keeps.
func (h *Host) Close() error {
	h.mu.Lock()
	objects := h.objects
	h.objects = map[uint32]object{}
	h.mu.Unlock()
	for _, o := range objects {
		o.release()
	}
	h.vault.close()
	return nil
}

// take has n more bytes held, and reports whether there is room for them.
func (h *Host) take(n int64) bool {
	if h.held.Add(n) > h.most {
		h.held.Add(-n)
		return false
	}
	return true
}

func (h *Host) give(n int64) { h.held.Add(-n) }

// patient is how many bytes a call may work on without looking for an interruption.
const patient = 1 << 20

// work runs f, which uses o and works on n bytes that are not the guest's memory. It reports
// false if the guest was interrupted meanwhile: then f may still be running.
func (h *Host) work(o object, n int, f func()) bool {
	if n <= patient {
		f()
		return true
	}
	return h.slow(o, f)
}

// slow is work for what takes long whatever it works on.
func (h *Host) slow(o object, f func()) bool {
	o.retain()
	return h.guest.Patiently(func() error {
		defer o.release()
		f()
		return nil
	}) == nil
}

// pieceSize is the size of pieces that calls work in: whole blocks of all algorithms, not more than
// [abi.Piece].
const pieceSize = abi.Piece / 528 * 528

// pieces calls f with b in pieces, and whether a piece is the first. Nothing is one piece.
func (h *Host) pieces(b []byte, f func(piece []byte, first bool) Errno) Errno {
	for first := true; first || len(b) > 0; first = false {
		n := min(len(b), pieceSize)
		if e := f(b[:n], first); e != success || h.guest.Interrupted() {
			return e
		}
		b = b[n:]
	}
	return success
}
