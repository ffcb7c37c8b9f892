// Package logline writes WasmEdge's log: lines such as
//
//	[2026-11-23 04:50:11.956] [error] loading failed: invalid path, Code: 0x100
//
// with the local time to the millisecond. What is said at which level is the
// business of the callers; stream, threshold and colour are set once.
package logline

import (
	"errors"
	"io"
	"sync"
	"time"

	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/legible"
)

// Logger writes log lines of at least its level. A nil *Logger writes nothing,
// which is what a program that embeds the VM usually wants. Its methods may be
// called from several goroutines; each line is one write.
type Logger struct {
	level  Level
	colour bool
	shown  func(string) string // what lines are written as; nil for what they are
	now    func() time.Time

	mu   sync.Mutex
	w    io.Writer
	line []byte // reused between lines
}

// New makes a logger that writes lines of at least level to w. With colour, the
// name of the level is coloured as WasmEdge does on a terminal.
func New(w io.Writer, level Level, colour bool) *Logger {
	return &Logger{level: level, colour: colour, now: time.Now, w: w}
}

// Legible has what is not to be seen, or says something to a terminal, be written as escapes. WasmEdge
// writes it as it is. It is called before the first line is written.
func (l *Logger) Legible() { l.shown = legible.Text }

// Enabled reports whether a line of level l would be written.
func (l *Logger) Enabled(level Level) bool {
	return l != nil && level >= l.level && level < Off
}

// Trace writes text at level trace.
func (l *Logger) Trace(text string) { l.Log(Trace, text) }

// Debug writes text at level debug.
func (l *Logger) Debug(text string) { l.Log(Debug, text) }

// Info writes text at level info.
func (l *Logger) Info(text string) { l.Log(Info, text) }

// Warning writes text at level warning.
func (l *Logger) Warning(text string) { l.Log(Warning, text) }

// Error writes text at level error.
func (l *Logger) Error(text string) { l.Log(Error, text) }

// Log writes text as one line at the given level. A line that cannot be written
// is lost: there is nowhere left to say so.
func (l *Logger) Log(level Level, text string) {
	if !l.Enabled(level) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	b := append(l.line[:0], '[')
	b = l.now().AppendFormat(b, "2006-01-02 15:04:05.000")
	b = append(b, "] ["...)
	if l.colour {
		b = append(b, levels[level].colour...)
		b = append(b, levels[level].name...)
		b = append(b, "\x1b[m"...)
	} else {
		b = append(b, levels[level].name...)
	}
	b = append(b, "] "...)
	if l.shown != nil {
		text = l.shown(text)
	}
	b = append(b, text...)
	b = append(b, '\n')
	l.line = b
	l.w.Write(b)
}

// Fault writes err as WasmEdge reports it, at level error: the preface of a
// [fault.Error], the line of its code or its own, and its information lines indented by
// four spaces. An error that carries only a code gives that code's line; any
// other error gives its text.
func (l *Logger) Fault(err error) {
	if !l.Enabled(Error) {
		return
	}
	if e, ok := errors.AsType[*fault.Error](err); ok {
		for _, line := range e.Preface {
			l.Error(line)
		}
		if e.Line != "" {
			l.Error(e.Line)
		} else {
			l.Error(e.Code.Error())
		}
		l.Detail(e.Info...)
		return
	}
	l.Error(err.Error())
}

// Detail writes information lines below an error: at level error, indented by
// four spaces.
func (l *Logger) Detail(lines ...string) {
	for _, line := range lines {
		l.Error("    " + line)
	}
}
