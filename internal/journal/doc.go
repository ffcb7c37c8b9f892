// Package journal keeps what the functions of the host have answered a guest, so that
// another run of the guest can be given the same answers without anything being done a
// second time. Given the same answers a guest is deterministic: what it computes, the trap
// it ends in, what it prints.
//
// A [Writer] is told of each call: the function and its arguments, the pieces of memory that
// it has read or written, what it has sent to a standard stream, and its results or how it
// has ended the guest. The bytes go to a [Memory], which holds the beginning of a run as
// long as it is small, to a [Record], a file that holds all of it, or to both. A [Player]
// reads them from either and answers calls; a Memory may be read while it grows, so that a
// second instance can catch up with a first one. A call that is not the next one of the
// journal is a [Divergence].
//
// There is one form of a call for all: see [Writer]. The file around it is described in
// docs/DEBUGGING.md.
//
// Nothing here knows what a function does, and nothing is safe for guests with threads.
package journal
