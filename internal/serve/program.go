package serve

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"sync"

	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/internal/wasihttp"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/limits"
)

// program is a file that requests are answered by, as it was when it was loaded.
type program struct {
	runtime *compat.Runtime
	handler *compat.Component
	script  *compat.Module // of CGI
	client  *wasihttp.Client

	handlers pool[*handler]
	scripts  pool[*script]

	mu   sync.Mutex
	used int // by requests, and by the server
}

// ErrNoHandler is why a file cannot be served: it is neither a component that answers
// requests nor, with [Options.CGI], a program of preview 1.
var ErrNoHandler = errors.New("it does not answer requests")

// load loads the file of o.
func (o *Options) load(ctx context.Context) (*program, error) {
	p := &program{runtime: compat.NewRuntime(o.Config), used: 1}
	err := p.load(ctx, o)
	if err != nil {
		return nil, errors.Join(err, p.runtime.Close(ctx))
	}
	return p, nil
}

func (p *program) load(ctx context.Context, o *Options) (err error) {
	if o.CGI {
		if p.script, err = p.runtime.CompileFile(ctx, o.Path); err == nil {
			return nil
		}
		if errors.As(err, new(*wasm.ComponentError)) {
			return &FileError{"it is a component: serve it without --cgi", err}
		}
		return err
	}
	b, err := os.ReadFile(o.Path)
	if err != nil {
		return err
	}
	if !compat.IsComponent(b) {
		if !bytes.HasPrefix(b, []byte("\x00asm")) {
			if _, err := p.runtime.CompileFile(ctx, o.Path); err != nil {
				return err // it is no module either
			}
		}
		return &FileError{"it is a module, not a component: --cgi serves programs of preview 1", ErrNoHandler}
	}
	if p.handler, err = p.runtime.LoadComponent(o.Path, b); err != nil {
		return err
	}
	if !p.handler.Handler() {
		return &FileError{"the component does not export wasi:http/incoming-handler", ErrNoHandler}
	}
	p.client = wasihttp.NewClient(o.Config.WASI.Net, o.Config.WASI.NetRefused)
	p.handler.Client = p.client
	// What an instance needs is compiled now, and what it lacks is told now.
	h, err := p.newHandler()
	for range tries {
		if kindOf(err) != "time" {
			break
		}
		h, err = p.newHandler()
	}
	if err == nil {
		p.handlers.give(h, true)
	}
	return err
}

// tries is how often an instance is made before the first request, if that takes longer than a
// request may: each compiles some modules, which stay compiled.
const tries = 100

// FileError is why a file cannot be served.
type FileError struct {
	Reason string
	Err    error
}

// Error is the reason.
func (e *FileError) Error() string { return e.Reason }

// Unwrap is the error behind it.
func (e *FileError) Unwrap() error { return e.Err }

// use notes another user of p.
func (p *program) use() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.used++
}

// leave notes that a user of p is gone. The last one closes it.
func (p *program) leave(ctx context.Context) {
	p.mu.Lock()
	p.used--
	last := p.used == 0
	p.mu.Unlock()
	if !last {
		return
	}
	p.handlers.close()
	p.scripts.close()
	_ = p.runtime.Close(ctx) // of code that nobody executes
	if p.handler != nil {
		_ = p.handler.Close() // which has been read
	}
	if p.client != nil {
		p.client.Close()
	}
}

// outcome is how a request was answered.
type outcome struct {
	wasihttp.Outcome
	used limits.Statistics
}

// answer answers r by an instance of its own, which ends when ctx does. Done is called when
// nothing of it is left but what serves the next request.
func (p *program) answer(ctx context.Context, o *Options, w http.ResponseWriter, r *http.Request, done func()) outcome {
	if p.script != nil {
		return p.run(ctx, o, w, r, done)
	}
	x := wasihttp.NewExchange(w, r, wasihttp.Idle{Read: o.Idle, Write: o.Idle})
	i, err := p.handlers.take(p.newHandler)
	if err != nil {
		done()
		return outcome{Outcome: x.End(err)}
	}
	stop := context.AfterFunc(ctx, func() { i.Interrupt(context.Cause(ctx)) })
	err = i.Handle(context.Background(), x)
	stopped := stop()
	end := outcome{Outcome: x.End(err), used: i.Statistics()}
	go func() {
		defer done()
		p.handlers.give(i, stopped)
	}()
	return end
}

// handler is an instance of a component, and whether it can be taken back to what it was.
type handler struct {
	*compat.ComponentInstance
	marked bool
}

func (p *program) newHandler() (*handler, error) {
	i, err := p.runtime.InstantiateComponent(context.Background(), p.handler, compat.StoreConfig{})
	if err != nil {
		return nil, err
	}
	h := &handler{i, i.Mark() == nil}
	if h.marked {
		err = h.Reset() // time counts from the request on
	}
	return h, err
}

func (h *handler) reset() error {
	if !h.marked {
		return errUnmarked
	}
	return h.Reset()
}

func (h *handler) close() { _ = h.Close(context.Background()) } // of what is a request's alone
