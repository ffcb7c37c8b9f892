// Package threads is the host side of wasi-threads: one function, by which a guest
// starts a thread.
//
//	thread-spawn(start_arg: i32) -> i32
//
// A thread is an instance of the module that calls, which imports the same memory and
// has globals and tables of its own. The host calls what it exports as
// wasi_thread_start(tid: i32, start_arg: i32). The result is the tid, a number greater
// than 0, or a negative error number of WASI.
//
// When one thread traps or calls proc_exit, all end, and so they do when the function
// returns that the first one began with. A [Group] is the threads of one guest beside the
// first: it knows their numbers and how they end, and not what a thread is.
package threads

import (
	"slices"
	"sync"

	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/internal/wasm"
)

// The names that guests and hosts have agreed on.
const (
	ModuleName = "wasi"              // what guests import from
	Spawn      = "thread-spawn"      // the function that they import
	Entry      = "wasi_thread_start" // the function that they export
)

// MaxID is the largest number of a thread; the upper bits of the word that guests keep it
// in are taken.
const MaxID = 1<<29 - 1

// DefaultMax is how many threads there may be at once beside the first, unless somebody
// says otherwise.
const DefaultMax = 1024

// Errno is an error number of WASI as thread-spawn returns it: negative.
type Errno int32

// The errors of thread-spawn.
const (
	EAGAIN  Errno = -6  // there are as many threads as there may be, or the guest ends
	ENOMEM  Errno = -48 // there is no memory for the instance
	ENOTSUP Errno = -58 // who calls is no module that can have threads
)

// Fits reports whether m is a module that can have threads: its instances share a memory, at least, which they
// import, and it exports [Entry].
func Fits(m *wasm.Module) bool {
	if m.ImportedCount(wasm.ExternMemory) == 0 {
		return false
	}
	t, ok := m.ExportedFunc(Entry)
	return ok && len(t.Results) == 0 && slices.Equal(t.Params, []wasm.ValType{wasm.I32, wasm.I32})
}

// Spawner starts a thread for the instance that calls, and returns its number or an
// [Errno].
type Spawner interface {
	Spawn(caller abi.Caller, arg uint32) int32
}

// Namespace is the namespace. The state of its function is a [Spawner].
func Namespace() abi.Namespace { return table() }

var table = sync.OnceValue(func() *abi.Table {
	i32 := []abi.ValueType{abi.I32}
	return abi.NewTable(ModuleName, abi.Raw(Spawn, "start_arg", abi.Signature{Params: i32, Results: i32},
		func(s Spawner, c abi.Caller, stack []uint64) error {
			stack[0] = uint64(uint32(s.Spawn(c, uint32(stack[0]))))
			return nil
		}))
})
