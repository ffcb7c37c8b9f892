package crypto

import (
	"bytes"
	"testing"
	"time"

	"github.com/tetratelabs/wazero/api"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// memoryOf is a guest's memory without a guest.
type memoryOf struct {
	api.Memory
	b []byte
}

func (m *memoryOf) Read(at, n uint32) ([]byte, bool) {
	if uint64(at)+uint64(n) > uint64(len(m.b)) {
		return nil, false
	}
	return m.b[at:][:n:n], true
}

// caller calls the functions of wasi-crypto as a guest does: from a memory, in whose first page
// results are and behind it what it passes.
type caller struct {
	t    testing.TB
	host *Host
	mem  *memoryOf
	next uint32
}

const pageSize = 1 << 16

func newCaller(t testing.TB, c Config) *caller {
	g := &caller{t: t, host: New(abi.NewGuest(abi.GuestConfig{}), c), mem: &memoryOf{b: make([]byte, 1<<20)}, next: pageSize}
	t.Cleanup(func() { g.host.Close() })
	return g
}

// allNamespaces are those of the package.
func allNamespaces() []*abi.Table {
	var list []*abi.Table
	for _, ns := range []abi.Namespace{Common(), AsymmetricCommon(), KeyExchange(), Signatures(), Symmetric(), ExternalSecrets(), SignaturesBatch(), SymmetricBatch()} {
		list = append(list, ns.(*abi.Table))
	}
	return list
}

func find(name string) *abi.Function {
	for _, ns := range allNamespaces() {
		if f, ok := ns.Function(name, abi.Signature{}); ok {
			return f
		}
	}
	return nil
}

// errno calls a function.
func (g *caller) errno(name string, args ...uint64) Errno {
	g.t.Helper()
	f := find(name)
	if f == nil || len(f.Type.Params) != len(args) {
		g.t.Fatalf("%s with %d arguments", name, len(args))
	}
	stack := append([]uint64{}, args...)
	if err := f.Invoke(g.host, abi.Caller{Memory: abi.MemoryOf(g.mem)}, stack); err != nil {
		g.t.Fatalf("%s: %v", name, err)
	}
	return Errno(stack[0])
}

// ok calls a function that is to succeed.
func (g *caller) ok(name string, args ...uint64) {
	g.t.Helper()
	if e := g.errno(name, args...); e != success {
		g.t.Fatalf("%s: %v", name, e)
	}
}

// fails calls a function that is to return want.
func (g *caller) fails(want Errno, name string, args ...uint64) {
	g.t.Helper()
	if e := g.errno(name, args...); e != want {
		g.t.Errorf("%s: %v, want %v", name, e, want)
	}
}

// put is the address of a copy of b in memory.
func (g *caller) put(b []byte) uint64 {
	g.t.Helper()
	if int(g.next)+len(b) > len(g.mem.b) {
		g.next = pageSize
	}
	at := g.next
	copy(g.mem.b[at:], b)
	g.next += uint32(len(b)+7) &^ 7
	return uint64(at)
}

// text and data are the address and the length of what a call is passed.
func (g *caller) text(s string) (at, n uint64) { return g.put([]byte(s)), uint64(len(s)) }

func (g *caller) data(b []byte) (at, n uint64) { return g.put(b), uint64(len(b)) }

// some and none are optional handles.
func (g *caller) some(n uint64) uint64 {
	return g.put([]byte{0, 0, 0, 0, byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)})
}

func (g *caller) none() uint64 { return g.put([]byte{1, 0, 0, 0, 0, 0, 0, 0}) }

// Where results are.
const (
	firstResult  = 8
	secondResult = 16
)

func (g *caller) result(at int) uint64 { return uint64(abi.Get32(g.mem.b[at:])) }

// handle is what a function leaves at firstResult, which is its last parameter.
func (g *caller) handle(name string, args ...uint64) uint64 {
	g.t.Helper()
	g.ok(name, append(args, firstResult)...)
	return g.result(firstResult)
}

// read is what is in an output.
func (g *caller) read(n uint64) []byte {
	g.t.Helper()
	g.ok("array_output_len", n, firstResult)
	size := g.result(firstResult)
	at := g.put(make([]byte, size))
	g.ok("array_output_pull", n, at, size, firstResult)
	if got := g.result(firstResult); got != size {
		g.t.Fatalf("%d of %d bytes", got, size)
	}
	return bytes.Clone(g.mem.b[at:][:size])
}

// options is a set of options for symmetric algorithms with a nonce, as an optional handle.
func (g *caller) nonce(nonce []byte) uint64 {
	g.t.Helper()
	n := g.handle("options_open", uint64(forSymmetric))
	name, length := g.text("nonce")
	at, size := g.data(nonce)
	g.ok("options_set", n, name, length, at, size)
	return g.some(n)
}

// key is a symmetric key.
func (g *caller) key(algorithm string, raw []byte) uint64 {
	g.t.Helper()
	name, length := g.text(algorithm)
	at, n := g.data(raw)
	return g.handle("symmetric_key_import", name, length, at, n)
}

// state is a symmetric state with a key, unless that is nil, and options.
func (g *caller) state(algorithm string, key []byte, options uint64) uint64 {
	g.t.Helper()
	opt := g.none()
	if key != nil {
		opt = g.some(g.key(algorithm, key))
	}
	name, length := g.text(algorithm)
	return g.handle("symmetric_state_open", name, length, opt, options)
}

func (g *caller) absorb(state uint64, b []byte) {
	g.t.Helper()
	at, n := g.data(b)
	g.ok("symmetric_state_absorb", state, at, n)
}

func (g *caller) squeeze(state uint64, n int) []byte {
	g.t.Helper()
	at := g.put(make([]byte, n))
	g.ok("symmetric_state_squeeze", state, at, uint64(n))
	return bytes.Clone(g.mem.b[at:][:n])
}

// imported is a handle for an encoded key; sort is keypair, publickey or secretkey.
func (g *caller) imported(sort string, u use, algorithm string, encoded []byte, enc uint64) (uint64, Errno) {
	g.t.Helper()
	name, length := g.text(algorithm)
	at, n := g.data(encoded)
	e := g.errno(sort+"_import", uint64(u), name, length, at, n, enc, firstResult)
	return g.result(firstResult), e
}

// generated is a new key pair.
func (g *caller) generated(u use, algorithm string) uint64 {
	g.t.Helper()
	name, length := g.text(algorithm)
	return g.handle("keypair_generate", uint64(u), name, length, g.none())
}

// clock is a time that tests set.
type clock struct{ at int64 }

func (c *clock) now() time.Time { return time.Unix(c.at, 0) }
