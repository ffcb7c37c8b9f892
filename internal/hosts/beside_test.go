package hosts

import (
	"bytes"
	"testing"

	"github.com/wazedge/wazedge/hostfuncs/wasi"
)

// FuzzCaller moves bytes between two memories, or within one, by arguments of any kind: what is in both
// memories is moved, nothing else is touched, and nothing is moved when a range is not there.
func FuzzCaller(f *testing.F) {
	f.Add([]byte("caller's"), []byte("plug-in's"), uint32(0), uint32(2), uint32(6), true, false)
	f.Add([]byte("caller's"), []byte("plug-in's"), uint32(3), uint32(0), uint32(6), true, false)
	f.Add([]byte("caller's"), []byte("plug-in's"), uint32(7), uint32(8), uint32(1), false, false)
	f.Add([]byte("overlapping"), []byte{}, uint32(0), uint32(3), uint32(8), true, true)
	f.Add([]byte("overlapping"), []byte{}, uint32(3), uint32(0), uint32(8), false, true)
	f.Add([]byte(nil), []byte("x"), uint32(0), uint32(1), uint32(0), true, false)
	f.Add([]byte("x"), []byte("y"), uint32(1<<32-1), uint32(0), uint32(1), false, false)
	f.Add([]byte("x"), []byte("y"), uint32(1), uint32(1), uint32(1<<32-1), true, false)
	f.Fuzz(func(t *testing.T, caller, own []byte, at, in, n uint32, read, one bool) {
		caller, own = bytes.Clone(caller), bytes.Clone(own)
		if one {
			own = caller
		}
		wantCaller, wantOwn := bytes.Clone(caller), bytes.Clone(own)
		fits := uint64(at)+uint64(n) <= uint64(len(caller)) && uint64(in)+uint64(n) <= uint64(len(own))
		moves := writeCaller
		if read {
			moves = readCaller
		}
		want := wasi.EFAULT
		switch {
		case fits && read:
			want = wasi.Success
			copy(wantOwn[in:], caller[at:][:n])
		case fits:
			want = wasi.Success
			copy(wantCaller[at:], own[in:][:n])
		}
		if one && read {
			wantCaller = wantOwn
		} else if one {
			wantOwn = wantCaller
		}
		if got := moves(caller, own, at, in, n, func() bool { return false }); got != want {
			t.Errorf("result %d, want %d", got, want)
		}
		if !bytes.Equal(caller, wantCaller) || !bytes.Equal(own, wantOwn) {
			t.Errorf("the memories are %q and %q, want %q and %q", caller, own, wantCaller, wantOwn)
		}
	})
}
