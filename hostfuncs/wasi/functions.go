package wasi

import (
	"strings"
	"sync"
)

// standard lists the functions of wasi_snapshot_preview1, in the order of the
// WASI documents, and then WasmEdge's own.
var standard = sync.OnceValue(func() []function {
	return append([]function{
		fn2("args_get", "argv argv_buf", (*Host).argsGet),
		fn2("args_sizes_get", "result.argc result.argv_buf_size", (*Host).argsSizesGet),
		fn2("environ_get", "environ environ_buf", (*Host).environGet),
		fn2("environ_sizes_get", "result.environc result.environ_buf_size", (*Host).environSizesGet),
		fn2("clock_res_get", "id result64.resolution", (*Host).clockResGet),
		fn3("clock_time_get", "id precision result64.timestamp", (*Host).clockTimeGet),
		fn4("fd_advise", "fd offset len advice", (*Host).fdAdvise),
		fn3("fd_allocate", "fd offset len", (*Host).fdAllocate),
		fn1("fd_close", "fd", (*Host).fdClose),
		fn1("fd_datasync", "fd", (*Host).fdDatasync),
		fn2("fd_fdstat_get", "fd stat", (*Host).fdFdstatGet),
		fn2("fd_fdstat_set_flags", "fd flags", (*Host).fdFdstatSetFlags),
		fn3("fd_fdstat_set_rights", "fd fs_rights_base fs_rights_inheriting", (*Host).fdFdstatSetRights),
		fn2("fd_filestat_get", "fd stat", (*Host).fdFilestatGet),
		fn2("fd_filestat_set_size", "fd size", (*Host).fdFilestatSetSize),
		fn4("fd_filestat_set_times", "fd atim mtim fst_flags", (*Host).fdFilestatSetTimes),
		fn5("fd_pread", "fd iovs iovs_len offset result.nread", (*Host).fdPread),
		fn2("fd_prestat_get", "fd prestat", (*Host).fdPrestatGet),
		fn3("fd_prestat_dir_name", "fd buf buf_len", (*Host).fdPrestatDirName),
		fn5("fd_pwrite", "fd iovs iovs_len offset result.nwritten", (*Host).fdPwrite),
		fn4("fd_read", "fd iovs iovs_len result.nread", (*Host).fdRead),
		fn5("fd_readdir", "fd buf buf_len cookie result.bufused", (*Host).fdReaddir),
		fn2("fd_renumber", "fd to", (*Host).fdRenumber),
		fn4("fd_seek", "fd offset whence result64.newoffset", (*Host).fdSeek),
		fn1("fd_sync", "fd", (*Host).fdSync),
		fn2("fd_tell", "fd result64.offset", (*Host).fdTell),
		fn4("fd_write", "fd iovs iovs_len result.nwritten", (*Host).fdWrite),
		fn3("path_create_directory", "fd path path_len", (*Host).pathCreateDirectory),
		fn5("path_filestat_get", "fd lookupflags path path_len stat", (*Host).pathFilestatGet),
		fn7("path_filestat_set_times", "fd lookupflags path path_len atim mtim fst_flags", (*Host).pathFilestatSetTimes),
		fn7("path_link", "old_fd old_lookupflags old_path old_path_len new_fd new_path new_path_len", (*Host).pathLink),
		fn9("path_open", "fd lookupflags path path_len oflags fs_rights_base fs_rights_inheriting fdflags result.fd", (*Host).pathOpen),
		fn6("path_readlink", "fd path path_len buf buf_len result.bufused", (*Host).pathReadlink),
		fn3("path_remove_directory", "fd path path_len", (*Host).pathRemoveDirectory),
		fn6("path_rename", "fd old_path old_path_len new_fd new_path new_path_len", (*Host).pathRename),
		fn5("path_symlink", "old_path old_path_len fd new_path new_path_len", (*Host).pathSymlink),
		fn3("path_unlink_file", "fd path path_len", (*Host).pathUnlinkFile),
		fn4("poll_oneoff", "in out nsubscriptions result.nevents", (*Host).pollOneoff),
		fn4("epoll_oneoff", "in out nsubscriptions result.nevents", (*Host).pollOneoff),
		procExit,
		fn1("proc_raise", "sig", (*Host).procRaise),
		fn0("sched_yield", (*Host).schedYield),
		fn2("random_get", "buf buf_len", (*Host).randomGet),
	}, socketFunctions()...)
})

// unstable lists the functions of wasi_unstable: those of the standard list but
// for the few whose structures or constants changed after snapshot 0.
var unstable = sync.OnceValue(func() []function {
	changed := map[string]function{}
	for _, f := range []function{
		fn2("fd_filestat_get", "fd stat", (*Host).fdFilestatGet0),
		fn4("fd_seek", "fd offset whence result64.newoffset", (*Host).fdSeek0),
		fn5("path_filestat_get", "fd lookupflags path path_len stat", (*Host).pathFilestatGet0),
		fn4("poll_oneoff", "in out nsubscriptions result.nevents", (*Host).pollOneoff0),
	} {
		changed[f.name] = f
	}
	var list []function
	for _, f := range standard() {
		if !inSnapshot0(f.name) {
			continue
		}
		if c, ok := changed[f.name]; ok {
			f = c
		}
		list = append(list, f)
	}
	return list
})

// inSnapshot0 reports whether snapshot 0 has a function of this name. It lacks
// WasmEdge's own, and sock_accept, which came with a later preview 1.
func inSnapshot0(name string) bool {
	switch name {
	case "epoll_oneoff":
		return false
	case "sock_recv", "sock_send", "sock_shutdown":
		return true
	default:
		return !strings.HasPrefix(name, "sock_")
	}
}
