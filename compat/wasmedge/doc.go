// Package wasmedge has the names of WasmEdge's SDK for Go, version 0.14
// (github.com/second-state/WasmEdge-go/wasmedge), in pure Go: a program changes the import
// path, and needs neither libwasmedge nor cgo.
//
//	import "github.com/wazedge/wazedge/compat/wasmedge"
//
// It behaves as WasmEdge 0.17.1, which [GetVersion] says. All errors are of type [*Result],
// with WasmEdge's codes and texts; [errors.As] finds more in them, such as the lines that
// WasmEdge logs, in a [github.com/wazedge/wazedge/compat.Error].
//
// # What differs
//
//	what                            here
//	------------------------------  ------------------------------------------------------------
//	wrong types of arguments        an error (function signature mismatch), where the SDK panics
//	a released [ExternRef]          an error (reference type mismatch), where the SDK panics
//	the log                         goes to standard error; the default level is that of errors
//	[Compiler]                      writes a module with its code behind it, whatever the format;
//	                                the level of optimisation and the dump have no effect; the
//	                                code is executed where this user's key vouches for it, and
//	                                from files only ([Loader.LoadFile]), else compiled anew
//	[Executor]s that share a [Store]  the first one's configuration and [Statistics] hold for all
//	an instance in another [Store]  is refused if that store has instances of its own
//	memories, tables and globals    of the host's own belong to the first store they get to, and
//	                                are refused by others; functions can be in any number
//	modules of the host's           are filled before they are registered
//	[Validator]                     goes by the proposals that a module was loaded with
//	releasing                       is for stores, VMs and references: an instance lives until
//	                                its store is released, and can be used no more then; a VM
//	                                lets go of the one before when it makes the next, with what
//	                                WASI had open, unless somebody has taken it out of the VM
//	calls in one [Store]            wait for each other; while a host function runs, others run
//	[Async.Release]                 ends what is still executed
//	[Statistics.SetCostLimit]       may be exceeded by some 100,000 for each instance of a store
//	                                beyond the first
//	cost of host functions          ([NewFunction]) is that of modules which are registered
//	                                before the first instance of the store is made
//	plugins                         the one that WasmEdge has built in, wasi_logging; a VM finds
//	                                functions that fail in place of the others
//	InitWasmEdgeProcess             does nothing
//	modules with objects (GC)       cannot import functions of the host's that take or return
//	                                references; references to their functions and elements of
//	                                their tables cannot be told or made: an error, or nil
//	functions of WASI               are for guests, not for [Executor.Invoke]
package wasmedge
