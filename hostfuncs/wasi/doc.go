// Package wasi is the host side of WASI preview 1 (module
// wasi_snapshot_preview1) as WasmEdge 0.17.1 gives it to a guest, and of
// snapshot 0 (module wasi_unstable), which WasmEdge does not know.
//
// A [Host] is the state of one guest: it holds the arguments, the environment
// and the table of descriptors. [Namespaces] are the functions, which guests are given
// by [abi.Guest.Instantiate]; [Host.Init] gives the host its arguments,
// descriptors and directories, which WasmEdge does only after the module has
// been instantiated. Files are those of package hostfs, sockets those of hostnet: what
// they call things, and how they fail, is put into WASI's numbers here.
//
// Rules that hold for every function:
//
//   - A pointer must be naturally aligned for what it points to, else the call
//     fails with ADDRNOTAVAIL, and lie within memory 0 of the caller, else with
//     FAULT. Pointers and flags are checked before descriptors.
//   - A descriptor without a right that the function needs gives NOTCAPABLE.
//     The access mode of the directory mapping that a descriptor comes from is
//     checked beside the rights, as WasmEdge's inheriting rights alone would
//     let a read-only mapping be changed through a directory opened in it.
//   - A path is resolved beneath the directory it is given with. Leaving it, by
//     "..", an absolute path or a symbolic link, gives PERM.
//   - New descriptors get the lowest free number.
//
// Sockets are WasmEdge's, in both generations of functions. They never block in
// the system: a call that waits parks its goroutine, unless it is poll_oneoff,
// and ends when its host is interrupted.
//
// Functions are declared once, in functions.go and sock.go: name, parameter names and Go
// function. The wasm signature follows from the Go types of the function.
// Calls allocate nothing but for paths and connections.
//
// The comment of each function lists its parameters, its errors beside those above, in
// the order in which they are looked for, as far as this host decides about it, and what
// it writes to memory if it succeeds. Addresses named "place" are of memory for a result;
// in pictures of memory, __ is left alone. What the system says of a file, a path or a
// socket may be any other error.
package wasi
