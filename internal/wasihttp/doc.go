// Package wasihttp is wasi:http for components: requests that a component answers
// (wasi:http/incoming-handler), requests that it makes (wasi:http/outgoing-handler), and the
// types of both, on Go's net/http. It adds its interfaces to those of package wasi2.
//
// Bodies are streams both ways, and hold no more than 64 KiB of a body in each direction:
// who writes faster than the other side reads has to wait, and who reads waits without
// holding a thread. What a component's fields and bodies take in all is bounded, too.
package wasihttp
