package guard

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// versions are those of Go whose treatment of signals is known: that its own handler stays where it has
// been put but at the end of a process and in one that has been forked, that it runs on a stack of its own
// and needs nothing of what machine code leaves in registers.
var versions = []string{"go1.25", "go1.26"}

// maxCodes is how many modules there may be at a time.
const maxCodes = 4096

// slot is code as the handler sees it, which runs at any time on any thread and cannot wait. begin is
// written last and taken back first.
type slot struct {
	begin atomic.Uintptr // 0: free
	size  atomic.Uintptr
	sites atomic.Pointer[Site]
	count atomic.Uintptr
}

// What the handler reads. All but slots is written before it is installed, or only grows.
var (
	slots    [maxCodes]slot
	used     atomic.Uintptr // slots that have ever been used
	previous uintptr        // Go's handler
)

// adding is held while slots are taken and given back.
var adding sync.Mutex

// Code is code that [Add] was told of.
type Code struct{ pinned []Site }

// owners are what the slots are of. adding is held.
var owners [maxCodes]*Code

// Ready puts the handler in place, and tries it, the first time that it is called. The error is why there
// are no guards in this process.
func Ready() error {
	once.Do(func() {
		if notReady = known(); notReady == nil {
			notReady = install()
		}
		if notReady == nil {
			notReady = try()
		}
	})
	return notReady
}

// What [Ready] has found.
var (
	once     sync.Once
	notReady error
)

// known is nil for a program that is of the kind that guards have been tried with.
func known() error {
	version := runtime.Version()
	if !slices.ContainsFunc(versions, func(v string) bool {
		return version == v || strings.HasPrefix(version, v+".") || strings.HasPrefix(version, v+"-") || strings.HasPrefix(version, v+" ")
	}) {
		return Unavailable("not tried with " + version)
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return Unavailable("what was built is not known")
	}
	for _, s := range info.Settings {
		if s.Key == "-buildmode" && s.Value != "exe" && s.Value != "pie" {
			return Unavailable("not in a build of mode " + s.Value)
		}
	}
	if 65536%unix.Getpagesize() != 0 {
		return Unavailable("large pages")
	}
	return nil
}

// action is the kernel's struct sigaction.
type action struct {
	handler, flags, restorer uintptr
	mask                     uint64
}

func sigaction(now, old *action) error {
	_, _, e := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(unix.SIGSEGV), uintptr(unsafe.Pointer(now)), uintptr(unsafe.Pointer(old)), 8, 0, 0)
	if e != 0 {
		return fmt.Errorf("no guard pages: rt_sigaction: %w", e)
	}
	return nil
}

// handlers are those that the handler may be put in front of: Go's, and that of our command, which goes on to
// Go's for what is a fault.
var handlers = []string{"runtime.sigtramp", "runtime.cgoSigtramp", "github.com/wazedge/wazedge/internal/inherit.onFault"}

const (
	saSiginfo  = 0x4
	saOnStack  = 0x08000000
	saRestorer = 0x04000000
)

// install puts the handler in front of Go's, with its flags, mask and return.
func install() error {
	var old action
	if err := sigaction(nil, &old); err != nil {
		return err
	}
	f := runtime.FuncForPC(old.handler)
	if f == nil || f.Entry() != old.handler || !slices.Contains(handlers, f.Name()) {
		return Unavailable("the handler of faults is not Go's")
	}
	const flags = saSiginfo | saOnStack | saRestorer
	if old.flags&flags != flags || old.restorer == 0 {
		return fmt.Errorf("no guard pages: the handler of faults has the flags %#x", old.flags)
	}
	previous = old.handler
	now := old
	now.handler = handlerAddress()
	if err := sigaction(&now, &old); err != nil {
		return err
	}
	if old.handler != previous { // it stays, and goes on to Go's all the same
		return Unavailable("the handler of faults has changed")
	}
	return nil
}

// try reads from a page that nobody may, by an instruction that is known, and from one in front of it.
func try() error {
	size := unix.Getpagesize()
	b, err := unix.Mmap(-1, 0, 2*size, unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
	if err != nil {
		return fmt.Errorf("no guard pages: mmap: %w", err)
	}
	defer unix.Munmap(b)
	if err := unix.Mprotect(b[:size], unix.PROT_READ|unix.PROT_WRITE); err != nil {
		return fmt.Errorf("no guard pages: mprotect: %w", err)
	}
	begin, at, to, end := probeAddresses()
	code, err := add(begin, end-begin, []Site{{uint32(at - begin), uint32(to - begin)}})
	if err != nil {
		return err
	}
	defer code.Remove()
	if passed, err := trial(&b[size-4]); !passed || err != nil {
		return fmt.Errorf("no guard pages: an access within the memory fails: %v", err)
	}
	if passed, err := trial(&b[size-3]); passed || err != nil {
		return fmt.Errorf("no guard pages: an access beyond the memory passes: %v", err)
	}
	return nil
}

// trial reads four bytes by the probe. A fault that is not taken is Go's, and an error here.
func trial(p *byte) (passed bool, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("no guard pages: %v", r)
		}
	}()
	return probe(p), nil
}

// Add has faults of the n sites, in the order of At, in the code of size bytes go on where they say. Both
// are outside Go's heap, do not change, and stay until [Code.Remove]; every [Site.To] is in the code.
// [Ready] has been nil.
func Add(code unsafe.Pointer, size uintptr, sites unsafe.Pointer, n int) (*Code, error) {
	return put(uintptr(code), size, (*Site)(sites), n)
}

// add is Add for sites that are in Go's heap, which does not move.
func add(begin, size uintptr, sites []Site) (*Code, error) {
	c, err := put(begin, size, unsafe.SliceData(sites), len(sites))
	if err == nil {
		c.pinned = sites
	}
	return c, err
}

func put(begin, size uintptr, sites *Site, n int) (*Code, error) {
	adding.Lock()
	defer adding.Unlock()
	u := int(used.Load())
	free := u
	for i := u - 1; i >= 0; i-- {
		s := &slots[i]
		if at := s.begin.Load(); at != 0 && (at >= begin+size || begin >= at+s.size.Load()) {
			continue
		}
		s.begin.Store(0) // it was of code that is gone, if it was any's
		owners[i] = nil
		free = i
	}
	if free == maxCodes {
		return nil, errFull
	}
	s := &slots[free]
	s.size.Store(size)
	s.sites.Store(sites)
	s.count.Store(uintptr(n))
	s.begin.Store(begin)
	if free == u {
		used.Store(uintptr(u) + 1)
	}
	c := &Code{}
	owners[free] = c
	return c, nil
}

// Remove forgets c, which nobody executes any more.
func (c *Code) Remove() {
	adding.Lock()
	defer adding.Unlock()
	if i := slices.Index(owners[:used.Load()], c); i >= 0 {
		slots[i].begin.Store(0)
		owners[i] = nil
	}
}

// handlerAddress is where the handler begins.
func handlerAddress() uintptr

// probe reads four bytes at p and reports whether that went well; it does not return from a fault unless the
// handler takes it.
func probe(p *byte) bool

// probeAddresses are where probe begins, where it reads, where it goes on after a fault, and its end.
func probeAddresses() (begin, at, to, end uintptr)
