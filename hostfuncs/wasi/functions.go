package wasi

import (
	"strings"
	"sync"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// standard lists the functions of wasi_snapshot_preview1, in the order of the
// WASI documents, and then WasmEdge's own.
var standard = sync.OnceValue(func() *abi.Table {
	return abi.NewTable(ModuleName, append([]abi.Function{
		abi.Fn2("args_get", "argv argv_buf", (*Host).argsGet),
		abi.Fn2("args_sizes_get", "result.argc result.argv_buf_size", (*Host).argsSizesGet),
		abi.Fn2("environ_get", "environ environ_buf", (*Host).environGet),
		abi.Fn2("environ_sizes_get", "result.environc result.environ_buf_size", (*Host).environSizesGet),
		abi.Fn2("clock_res_get", "id result.resolution", (*Host).clockResGet),
		abi.Fn3("clock_time_get", "id precision result.timestamp", (*Host).clockTimeGet),
		abi.Fn4("fd_advise", "fd offset len advice", (*Host).fdAdvise),
		abi.Fn3("fd_allocate", "fd offset len", (*Host).fdAllocate),
		abi.Fn1("fd_close", "fd", (*Host).fdClose),
		abi.Fn1("fd_datasync", "fd", (*Host).fdDatasync),
		abi.Fn2("fd_fdstat_get", "fd stat", (*Host).fdFdstatGet),
		abi.Fn2("fd_fdstat_set_flags", "fd bits.flags", (*Host).fdFdstatSetFlags),
		abi.Fn3("fd_fdstat_set_rights", "fd bits.fs_rights_base bits.fs_rights_inheriting", (*Host).fdFdstatSetRights),
		abi.Fn2("fd_filestat_get", "fd stat", (*Host).fdFilestatGet),
		abi.Fn2("fd_filestat_set_size", "fd size", (*Host).fdFilestatSetSize),
		abi.Fn4("fd_filestat_set_times", "fd atim mtim bits.fst_flags", (*Host).fdFilestatSetTimes),
		abi.Fn5("fd_pread", "fd iovs iovs_len offset result.nread", (*Host).fdPread),
		abi.Fn2("fd_prestat_get", "fd prestat", (*Host).fdPrestatGet),
		abi.Fn3("fd_prestat_dir_name", "fd buf buf_len", (*Host).fdPrestatDirName),
		abi.Fn5("fd_pwrite", "fd iovs iovs_len offset result.nwritten", (*Host).fdPwrite),
		abi.Fn4("fd_read", "fd iovs iovs_len result.nread", (*Host).fdRead),
		abi.Fn5("fd_readdir", "fd buf buf_len cookie result.bufused", (*Host).fdReaddir),
		abi.Fn2("fd_renumber", "fd to", (*Host).fdRenumber),
		abi.Fn4("fd_seek", "fd offset whence result.newoffset", (*Host).fdSeek),
		abi.Fn1("fd_sync", "fd", (*Host).fdSync),
		abi.Fn2("fd_tell", "fd result.offset", (*Host).fdTell),
		abi.Fn4("fd_write", "fd iovs iovs_len result.nwritten", (*Host).fdWrite),
		abi.Fn3("path_create_directory", "fd text.path path_len", (*Host).pathCreateDirectory),
		abi.Fn5("path_filestat_get", "fd bits.lookupflags text.path path_len stat", (*Host).pathFilestatGet),
		abi.Fn7("path_filestat_set_times", "fd bits.lookupflags text.path path_len atim mtim bits.fst_flags", (*Host).pathFilestatSetTimes),
		abi.Fn7("path_link", "old_fd bits.old_lookupflags text.old_path old_path_len new_fd text.new_path new_path_len", (*Host).pathLink),
		abi.Fn9("path_open", "fd bits.lookupflags text.path path_len bits.oflags bits.fs_rights_base bits.fs_rights_inheriting bits.fdflags result.fd", (*Host).pathOpen),
		abi.Fn6("path_readlink", "fd text.path path_len buf buf_len result.bufused", (*Host).pathReadlink),
		abi.Fn3("path_remove_directory", "fd text.path path_len", (*Host).pathRemoveDirectory),
		abi.Fn6("path_rename", "fd text.old_path old_path_len new_fd text.new_path new_path_len", (*Host).pathRename),
		abi.Fn5("path_symlink", "text.old_path old_path_len fd text.new_path new_path_len", (*Host).pathSymlink),
		abi.Fn3("path_unlink_file", "fd text.path path_len", (*Host).pathUnlinkFile),
		abi.Fn4("poll_oneoff", "in out nsubscriptions result.nevents", (*Host).pollOneoff),
		abi.Fn4("epoll_oneoff", "in out nsubscriptions result.nevents", (*Host).pollOneoff),
		procExit,
		abi.Fn1("proc_raise", "sig", (*Host).procRaise),
		abi.Fn0("sched_yield", (*Host).schedYield),
		abi.Fn2("random_get", "buf buf_len", (*Host).randomGet),
	}, socketFunctions()...)...).Misaligned(uint64(EADDRNOTAVAIL))
})

// unstable lists the functions of wasi_unstable: those of the standard list but
// for the few whose structures or constants changed after snapshot 0.
var unstable = sync.OnceValue(func() *abi.Table {
	changed := map[string]abi.Function{}
	for _, f := range []abi.Function{
		abi.Fn2("fd_filestat_get", "fd stat", (*Host).fdFilestatGet0),
		abi.Fn4("fd_seek", "fd offset whence result.newoffset", (*Host).fdSeek0),
		abi.Fn5("path_filestat_get", "fd bits.lookupflags text.path path_len stat", (*Host).pathFilestatGet0),
		abi.Fn4("poll_oneoff", "in out nsubscriptions result.nevents", (*Host).pollOneoff0),
	} {
		changed[f.Name] = f
	}
	var list []abi.Function
	for _, f := range standard().Functions() {
		if !inSnapshot0(f.Name) {
			continue
		}
		if c, ok := changed[f.Name]; ok {
			f = c
		}
		list = append(list, f)
	}
	return abi.NewTable(UnstableModuleName, list...).Misaligned(uint64(EADDRNOTAVAIL))
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
