package wasi

import "testing"

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
		if got := invoke(t, find(ModuleName, c.name), g.h, memory{}, make([]uint64, 16)); got != EFAULT {
			t.Errorf("%s without memory = %v, want FAULT", c.name, got)
		}
	}
}
