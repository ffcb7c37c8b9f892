package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/inherit"
	"github.com/wazedge/wazedge/internal/legible"
	"github.com/wazedge/wazedge/internal/serve"
)

// What serve bounds each request by where the command line does not say.
const (
	defaultAddr          = "127.0.0.1:8080"
	defaultRequestTime   = 30 * time.Second
	defaultRequestMemory = 256 << 20
)

// serveFile answers requests by the file in the first word of l until a signal ends it.
func serveFile(p *Process, l line) int {
	o := l.syntax.options
	options, done, err := p.serveOptions(l)
	if err != nil {
		return p.fail(err.Error())
	}
	defer done()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	if by := p.Getenv(fillVariable); by != "" {
		return p.fill(ctx, o, options.Config, l.words[0], by)
	}
	server, err := serve.New(ctx, options)
	if err != nil {
		return p.notServed(l, err)
	}
	defer server.Close(ctx)
	addr := o.Addr
	if addr == "" {
		addr = defaultAddr
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return p.fail("cannot listen: " + err.Error())
	}
	var metrics net.Listener
	if o.MetricsAddr != "" {
		if metrics, err = net.Listen("tcp", o.MetricsAddr); err != nil {
			return p.fail("cannot listen for metrics: " + err.Error())
		}
		options.Say("metrics at http://" + metrics.Addr().String() + "/metrics")
	}
	if server.Improvable() {
		if improving, err := p.startFilling(o, fillOptimized, nil); err == nil {
			go func() { _ = improving.Wait() }()
		}
	}
	options.Say("serving " + legible.Name(l.words[0]) + " at http://" + listener.Addr().String() + "/")
	ends := make(chan os.Signal, 2)
	inherit.Notify(ends, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		<-ends
		options.Say("stopping; requests that are under way may end")
		stop()
		<-ends
		os.Exit(statusFailed)
	}()
	if err := server.Serve(ctx, listener, metrics); err != nil {
		return p.fail(err.Error())
	}
	return statusOK
}

// serveOptions is what l asks of the server. Done closes the access log.
func (p *Process) serveOptions(l line) (so serve.Options, done func(), err error) {
	o := l.syntax.options
	log, err := p.log(l)
	if err != nil {
		return so, nil, err
	}
	c, _, err := p.config(l, log)
	if err != nil {
		return so, nil, err
	}
	c.Uninterruptible, c.Alone = false, o.CGI
	c.WASI.Interruptible, c.WASI.RaisePipe, c.WASI.Stdin = true, false, nil
	if !l.syntax.given("time-limit") {
		c.Limits.TimeLimit = defaultRequestTime
	}
	if c.Limits.MaxMemory == 0 {
		c.Limits.MaxMemory = defaultRequestMemory
	}
	so = serve.Options{
		Path: l.words[0], CGI: o.CGI, Args: l.words[1:], Config: c,
		Concurrency: serve.DefaultConcurrency, Queue: serve.DefaultQueue, Idle: serve.DefaultIdle, Grace: serve.DefaultGrace,
		Watch: true, Say: p.tell,
	}
	if o.MaxConcurrency > 0 {
		so.Concurrency = int(min(o.MaxConcurrency, 1<<20))
	}
	if l.syntax.given("max-queue") {
		so.Queue = int(min(o.MaxQueue, math.MaxInt32))
	}
	if len(so.Args) > 0 && !o.CGI {
		return so, nil, errors.New("a component takes no arguments: use --env, or --cgi for a program")
	}
	so.Access, done, err = p.accessLog(o.AccessLog)
	return so, done, err
}

// accessLog is where the lines about requests go: standard error, a file, or nowhere.
func (p *Process) accessLog(name string) (w io.Writer, done func(), err error) {
	switch name {
	case "none":
		return nil, func() {}, nil
	case "", "-":
		return p.Stderr, func() {}, nil
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot write the access log: %w", err)
	}
	return f, func() { _ = f.Close() }, nil
}

// notServed reports why the file of l cannot be served.
func (p *Process) notServed(l line, err error) int {
	if _, ok := errors.AsType[*fault.Error](err); ok {
		if log, none := p.log(l); none == nil {
			log.Fault(err)
			p.explain(l.words[0], err)
			return statusFailed
		}
	}
	if _, ok := errors.AsType[*fs.PathError](err); ok && p.explains() && p.explainPath(l.words[0], err) {
		return statusFailed
	}
	return p.fail(legible.Name(l.words[0]) + ": " + err.Error())
}
