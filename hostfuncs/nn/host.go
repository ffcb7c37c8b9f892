// Package nn is the host side of wasi_ephemeral_nn, by which guests execute neural
// networks: the functions of WasmEdge's plug-in wasi_nn, with its numbers and its lines in
// the log.
//
// What executes models is a [Backend], one for each format. There are two: for ONNX, with
// internal/onnx; and for the text generation that WasmEdge calls GGML, by a server that the
// operator names. A graph is loaded from bytes of the guest's, or by the name of a model
// that the operator has preloaded ([Preload]); an execution context takes inputs, computes
// and has outputs.
//
// What guests hold is bounded: the numbers of graphs and contexts, and the bytes of models,
// inputs and outputs together. What may take long, loading and computing, is left behind
// when the guest is interrupted.
package nn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// ModuleName is what guests import from.
const ModuleName = "wasi_ephemeral_nn"

// DefaultMemory is how many bytes a guest may hold here, and how many a model may take
// while it is executed, if nothing else is said.
const DefaultMemory = 2 << 30

// Config is what a guest finds.
type Config struct {
	Preloads []Preload
	Memory   int64     // in bytes; 0 for [DefaultMemory]
	Stdout   io.Writer // of the guest, where a model may be told to print; nil for none
	Log      *logline.Logger

	// Backends are those beside, or in place of, the ones that there are.
	Backends map[Encoding]Backend
}

// Host is what one guest has here.
type Host struct {
	guest  *abi.Guest
	config Config

	preloads map[string]*Preload
	graphs   table[*graph]
	contexts table[*execution]
	budget   budget

	mu    sync.Mutex
	named map[string]uint32 // graphs by the name that they have been loaded by

	computing sync.Mutex // held while a model is executed here, so that only one takes its memory
}

// graph is a loaded model.
type graph struct {
	Graph
	encoding Encoding
	name     string
	bytes    int64
	detached bool // unloaded; guarded by the host's mu
}

// execution is an execution context.
type execution struct {
	Execution
	graph *graph
	id    uint32 // of the graph

	mu     sync.Mutex // held while a method runs
	closed bool
	held   int64 // bytes that are counted for it
}

// New is a host for g that holds nothing. It logs what is wrong with models that are
// to be preloaded.
func New(g *abi.Guest, c Config) *Host {
	if c.Memory <= 0 {
		c.Memory = DefaultMemory
	}
	h := &Host{guest: g, config: c, preloads: map[string]*Preload{}, named: map[string]uint32{}}
	h.budget.left = c.Memory
	for i := range c.Preloads {
		p := &c.Preloads[i]
		if !p.known {
			h.error("Preload Model's Backend or Device is Not Support.")
			continue
		}
		if _, twice := h.preloads[p.Name]; !twice {
			h.preloads[p.Name] = p
		}
		h.checkFiles(p)
	}
	return h
}

// checkFiles says which files of p cannot be read.
func (h *Host) checkFiles(p *Preload) {
	for _, path := range p.files() {
		f, err := os.Open(path)
		if err != nil {
			h.error("Preload model fail.")
			continue
		}
		f.Close()
	}
}

// Close gives back what the guest holds. No call may be under way, but for what has been
// left behind.
func (h *Host) Close() error {
	for _, e := range h.contexts.all() {
		if e.mu.TryLock() { // else something is left behind that ends by itself
			h.drop(e)
			e.mu.Unlock()
		}
	}
	return nil
}

// error logs a line.
func (h *Host) error(format string, args ...any) {
	h.config.Log.Error("[WASI-NN] " + fmt.Sprintf(format, args...))
}

// errno is the number that err stands for. Its line is logged.
func (h *Host) errno(err error) Errno {
	if err == nil {
		return Success
	}
	e := &Error{Errno: RuntimeError, Text: err.Error()}
	errors.As(err, &e)
	if e.Text != "" && !errors.Is(err, abi.ErrInterrupted) {
		h.error("%s", e.Text)
	}
	return e.Errno
}

// patiently runs f, which may take long and must not use the guest's memory. When the guest
// is interrupted, f's context ends, and it is not waited for.
func (h *Host) patiently(f func(ctx context.Context) error) error {
	ctx, cancel := h.guest.Context()
	return h.guest.Patiently(func() (err error) {
		defer cancel()
		defer func() {
			if r := recover(); r != nil {
				err = failed(RuntimeError, "%v", r)
			}
		}()
		return f(ctx)
	})
}

// budget is how many bytes are left for a guest to hold.
type budget struct {
	mu   sync.Mutex
	left int64
}

// take takes n bytes, if there are as many.
func (b *budget) take(n int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n > b.left {
		return false
	}
	b.left -= n
	return true
}

func (b *budget) give(n int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left += n
}

// tooMuch is what a guest is told that would hold too much.
func (h *Host) tooMuch(what string) error {
	return failed(TooLarge, "%s would take more than the %d bytes that a guest may hold.", what, h.config.Memory)
}

// maxHandles bounds a table.
const maxHandles = 1 << 12

// table maps a guest's numbers to what they stand for. A number is not used twice. The
// zero table is empty.
type table[T any] struct {
	mu   sync.Mutex
	next uint64
	m    map[uint32]T
}

// add puts v under a new number, unless there are too many.
func (t *table[T]) add(v T) (uint32, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.m) >= maxHandles || t.next > 1<<32-1 {
		return 0, false
	}
	if t.m == nil {
		t.m = map[uint32]T{}
	}
	n := uint32(t.next)
	t.next++
	t.m[n] = v
	return n, true
}

func (t *table[T]) get(n uint32) (T, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	v, ok := t.m[n]
	return v, ok
}

// remove takes what n stands for away.
func (t *table[T]) remove(n uint32) (T, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	v, ok := t.m[n]
	delete(t.m, n)
	return v, ok
}

func (t *table[T]) all() []T {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := make([]T, 0, len(t.m))
	for _, v := range t.m {
		list = append(list, v)
	}
	return list
}
