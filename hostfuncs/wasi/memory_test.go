package wasi

import (
	"testing"

	"github.com/tetratelabs/wazero/api"
)

// A pointer that is not aligned gives ADDRNOTAVAIL, one that leads out of memory
// FAULT, and both before anything else is looked at.
func TestPointers(t *testing.T) {
	const far = 1<<20 - 2 // in memory, but nothing fits
	for _, c := range []struct {
		name string
		args []any
		want Errno
	}{
		{"args_sizes_get", []any{9, 16}, EADDRNOTAVAIL},
		{"args_sizes_get", []any{16, 9}, EADDRNOTAVAIL},
		{"args_sizes_get", []any{1 << 20, 16}, EFAULT},
		{"args_sizes_get", []any{16, 1 << 31}, EFAULT},
		{"args_get", []any{9, 16}, EADDRNOTAVAIL},
		{"args_get", []any{16, 1 << 20}, EFAULT},
		{"clock_time_get", []any{0, 0, 12}, EADDRNOTAVAIL},
		{"clock_time_get", []any{99, 0, 12}, EADDRNOTAVAIL},
		{"clock_res_get", []any{0, 1 << 20}, EFAULT},
		{"fd_fdstat_get", []any{99, 12}, EADDRNOTAVAIL},
		{"fd_fdstat_get", []any{99, 1<<20 - 16}, EFAULT},
		{"fd_filestat_get", []any{99, 1<<20 - 56}, EFAULT},
		{"fd_prestat_get", []any{99, 10}, EADDRNOTAVAIL},
		{"fd_prestat_dir_name", []any{99, far, 3}, EFAULT},
		{"fd_read", []any{99, 10, 1, 16}, EADDRNOTAVAIL},
		{"fd_read", []any{99, 16, 1, 10}, EADDRNOTAVAIL},
		{"fd_read", []any{99, 1<<20 - 4, 1, 16}, EFAULT},
		{"fd_read", []any{99, 10, 1025, 16}, EADDRNOTAVAIL},
		{"fd_read", []any{99, 16, 1025, 16}, EINVAL},
		{"fd_write", []any{99, 16, 1, 1 << 20}, EFAULT},
		{"fd_readdir", []any{99, far, 3, 0, 16}, EFAULT},
		{"fd_readdir", []any{99, 16, 3, 0, 10}, EADDRNOTAVAIL},
		{"fd_seek", []any{99, 0, 0, 12}, EADDRNOTAVAIL},
		{"fd_tell", []any{99, 12}, EADDRNOTAVAIL},
		{"path_create_directory", []any{99, far, 3}, EFAULT},
		{"path_open", []any{99, 0, 16, 1, 0, 0, 0, 0, 10}, EADDRNOTAVAIL},
		{"path_open", []any{99, 2, 16, 1, 0, 0, 0, 0, 16}, EINVAL},
		{"path_open", []any{99, 0, 16, 1, 16, 0, 0, 0, 16}, EINVAL},
		{"path_open", []any{99, 0, 16, 1, 0, 0, 0, 32, 16}, EINVAL},
		{"path_filestat_get", []any{99, 0, 16, 1, 12}, EADDRNOTAVAIL},
		{"path_readlink", []any{99, 16, 1, far, 3, 16}, EFAULT},
		{"path_rename", []any{99, 16, 1, 99, far, 3}, EFAULT},
		{"path_link", []any{99, 2, 16, 1, 99, 16, 1}, EINVAL},
		{"path_symlink", []any{far, 3, 99, 16, 1}, EFAULT},
		{"poll_oneoff", []any{12, 16, 1, 16}, EADDRNOTAVAIL},
		{"poll_oneoff", []any{16, 12, 1, 16}, EADDRNOTAVAIL},
		{"poll_oneoff", []any{16, 16, 1, 10}, EADDRNOTAVAIL},
		{"poll_oneoff", []any{16, 16, 1<<32 - 1, 16}, EFAULT},
		{"poll_oneoff", []any{16, 1<<20 - 16, 1, 16}, EFAULT},
		{"random_get", []any{far, 3}, EFAULT},
	} {
		g := newGuest(t, Config{}, Environment{Args: []string{"a"}})
		g.want(c.want, c.name, c.args...)
		f, stack := find(ModuleName, c.name), make([]uint64, 16)
		if got := f.invoke(g.h, memory{}, stack); got != EFAULT {
			t.Errorf("%s without memory = %v, want FAULT", c.name, got)
		}
	}
}

// A buffer may end where a memory of 4 GiB ends, where addresses wrap.
func TestEndOfLargestMemory(t *testing.T) {
	m := memory{largestMemory{}}
	for _, n := range []size{1, 2, 8} {
		b, errno := m.bytes(ptr(1<<32-uint64(n)), n)
		if errno != Success || len(b) != int(n) || b[n-1] != 'z' {
			t.Errorf("the last %d bytes: %q, %v", n, b, errno)
		}
	}
	if _, errno := m.bytes(1<<32-1, 2); errno != EFAULT {
		t.Errorf("beyond the end: %v", errno)
	}
	if b, errno := m.bytes(1<<32-8, 0); errno != Success || len(b) != 0 {
		t.Errorf("nothing: %v", errno)
	}
}

// largestMemory shows the last eight bytes of a memory of 4 GiB, and has the
// engine's way of computing the end of a range in 32 bits.
type largestMemory struct{ api.Memory }

var lastBytes = []byte("abcdefgz")

func (largestMemory) Read(offset, n uint32) ([]byte, bool) {
	if uint64(offset)+uint64(n) > 1<<32 {
		return nil, false
	}
	const base = 1<<32 - 8
	return lastBytes[offset-base : offset+n-base], true
}

func (largestMemory) ReadUint16Le(offset uint32) (uint16, bool) { return 0, true }
