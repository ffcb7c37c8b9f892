package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/internal/bundle"
	"github.com/wazedge/wazedge/internal/legible"
)

// Exit statuses beside those of the guest.
const (
	statusOK      = 0
	statusFailed  = 1   // nothing was executed
	statusDefect  = 70  // an error of wazedge itself (EX_SOFTWARE)
	statusAborted = 134 // execution was aborted: 128 + SIGABRT
)

// Process is what a command line runs in.
type Process struct {
	// Args is the command line; Args[0] is the name by which the program was
	// called, and decides which tool it is.
	Args   []string
	Stdin  *os.File
	Stdout *os.File
	Stderr *os.File
	// Getenv looks up a variable of the environment.
	Getenv func(string) string
	// Environ is all of the environment; nil is none.
	Environ func() []string
	// BoundInterpreter has calls be less deep from now on, in what is interpreted until it is compiled:
	// what is compiled may go deeper, and is asked what a deeper call comes to. Nil if the process is not
	// the command's alone.
	BoundInterpreter func()

	trust    *cache.Keyring // see keyring
	bundle   *bundle.Bundle // that the program is; nil for none
	typed    string         // the name by which it was called
	quiet    bool           // the log is off, and so is what explains it
	commands []*command     // of the tool

	// tee has who records told of what is written to a stream of that number; or nil.
	tee func(w io.Writer, stream uint8) io.Writer

	// unwritten is why something could not be written, the first of it.
	unwritten atomic.Pointer[error]
}

// tool is a program that one binary can be.
type tool uint8

const (
	wazedge tool = iota
	wasmedge
	wasmedgec
)

// tool is the program that p was called as.
func (p *Process) tool() tool {
	switch strings.TrimSuffix(filepath.Base(p.program()), ".exe") {
	case "wasmedge":
		return wasmedge
	case "wasmedgec":
		return wasmedgec
	}
	return wazedge
}

// program is the name by which p was called.
func (p *Process) program() string {
	if len(p.Args) == 0 {
		return "wazedge"
	}
	return p.Args[0]
}

// Main runs the command line and returns the exit status. A defect of the
// program itself ends it with a line that asks for a report and status 70; output
// that cannot be written is a failure.
func (p *Process) Main() (status int) {
	defer func() {
		if defect := recover(); defect != nil {
			status = p.reportDefect(defect)
		}
		if err := p.unwritten.Load(); err != nil && status == statusOK {
			status = p.fail((*err).Error())
		}
	}()
	if bundle.IsMarked() {
		if err := p.unpack(); err != nil {
			return p.fail(err.Error())
		}
	}
	if p.passesImage() {
		return p.imageMain()
	}
	var version toggle
	root := p.syntax(&version)
	p.commands = root.commands
	l, err := root.parse([]string{p.program()}, p.Args[min(1, len(p.Args)):])
	if err != nil {
		return p.refuse(err)
	}
	switch l.wants(bool(version)) {
	case wantVersion:
		return printVersion(p, l)
	case wantHelp:
		p.printHelp(l)
		return statusOK
	case wantPositional:
		p.printHelp(l)
		return statusFailed
	}
	if err := p.checkValues(l); err != nil {
		return p.fail(err.Error())
	}
	if p.tool() == wazedge {
		p.tellIdle(l)
	}
	return l.syntax.command.run(p, l)
}

// syntax is the command line of the tool that p was called as.
func (p *Process) syntax(version *toggle) *syntax {
	switch p.tool() {
	case wasmedgec:
		return newSyntax(&compileCommand, new(Options), version)
	case wasmedge:
		s := newSyntax(&runCommand, new(Options), version)
		s.commands = wasmedgeCommands()
		return s
	}
	s := newSyntax(&runCommand, new(Options), version)
	s.commands, s.own = ownCommands(), true
	return s
}

// refuse reports a command line that is not understood: as WasmEdge does on
// standard output, as wazedge on standard error.
func (p *Process) refuse(err error) int {
	if p.tool() == wazedge {
		return p.fail(err.Error())
	}
	fmt.Fprintln(p.out(), err)
	return statusFailed
}

// fail says on standard error why nothing is done.
func (p *Process) fail(text string) int {
	p.tell(text)
	return statusFailed
}

// tell says something on standard error. Names in it are others' words.
func (p *Process) tell(text string) { fmt.Fprintln(p.Stderr, "wazedge: "+legible.Text(text)) }

// reportDefect says that the program itself is at fault.
func (p *Process) reportDefect(defect any) int {
	text, _, _ := strings.Cut(fmt.Sprint(defect), "\n")
	p.tell("internal error: " + text + "; please report it with the command line and the module to https://github.com/wazedge/wazedge/issues")
	return statusDefect
}

// checkValues refuses values of l's options that there are not. Of WasmEdge's options,
// its own tools take something else for them.
func (p *Process) checkValues(l line) error {
	for _, row := range optionsOf(l.syntax.command.tools) {
		if row.noun == "" || row.help != "" && p.tool() != wazedge {
			continue
		}
		if err := row.check(row.value(l.syntax.options).String()); err != nil {
			return err
		}
	}
	return nil
}

// tellIdle says which of l's options change nothing.
func (p *Process) tellIdle(l line) {
	t := l.syntax.command.tools
	for _, row := range optionsOf(t) {
		if row.idles(t) && l.syntax.given(row.name) {
			p.tell("--" + row.name + " changes nothing: " + row.idle)
		}
	}
}
