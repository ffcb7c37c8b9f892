// Package wasi2 is the host side of WASI 0.2, which components import: wasi:cli, io,
// clocks, random, filesystem and sockets. A [Host] is the state of one component; its
// files are those of package hostfs, its network is that of package hostnet, as for
// preview 1: what a directory, an address or a limit allows holds for both.
//
// Each interface is a table: names, signatures in the notation of WIT, and Go functions.
// An import of any version 0.2 is given the same interface, as far as its types fit.
package wasi2
