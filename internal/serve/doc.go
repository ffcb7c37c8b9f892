// Package serve answers HTTP requests with WebAssembly: a component that exports
// wasi:http/incoming-handler, or a program of preview 1 as a CGI script (RFC 3875). Each
// request has an instance of its own, under limits of its own; what is compiled is shared.
//
// A [Server] bounds how many instances there are at once and how many requests wait for
// one, tells of each request, counts, and takes a newer file in the place of the one that
// it serves.
package serve
