// Package logging is the host side of wasi:logging/logging, which WasmEdge has
// built in: one function, by which a guest writes lines of a log.
//
//	log(level: i32, context: i32, context_len: i32, message: i32, message_len: i32)
//
// The context says where the line goes: nowhere ("") and "stdout" to the standard
// output, "stderr" to the standard error, any other to the end of a file of that
// name. A line looks like those of WasmEdge's own log, and is written at every
// level, whatever the level of that log.
package logging

import (
	"io"
	"sync"

	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/internal/fault"
)

// ModuleName is what guests import from.
const ModuleName = "wasi:logging/logging"

// Config is where lines go.
type Config struct {
	Stdout, Stderr *logline.Logger // of level trace

	// Errors is told what is wrong with a call.
	Errors *logline.Logger

	// Append opens a file for appending by the name that the guest gives; its error
	// says in the words of the system why it cannot.
	Append func(name string) (io.WriteCloser, error)
}

// Host is the log of one guest.
type Host struct {
	config Config
	mu     sync.Mutex // held while a line is written
	file   io.WriteCloser
	name   string // of file
	log    *logline.Logger
}

// New is a host that has written nothing.
func New(c Config) *Host { return &Host{config: c} }

// Close closes the file written last.
func (h *Host) Close() error {
	if h.file == nil {
		return nil
	}
	return h.file.Close()
}

// Namespace is the namespace. The state of its function is a [*Host].
func Namespace() abi.Namespace { return table() }

var table = sync.OnceValue(func() *abi.Table {
	return abi.NewTable(ModuleName, abi.Raw("log", "level text.context context_len text.message message_len",
		abi.Signature{Params: []abi.ValueType{abi.I32, abi.I32, abi.I32, abi.I32, abi.I32}}, (*Host).call))
})

// call is log. An address that is not in the guest's memory ends the guest, and so
// does a level that does not exist.
func (h *Host) call(c abi.Caller, stack []uint64) error {
	context, ok := textAt(c.Memory, stack[1], stack[2])
	message, has := textAt(c.Memory, stack[3], stack[4])
	if !ok || !has {
		return fault.HostFuncError
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	log, err := h.destination(context)
	if err != nil {
		h.config.Errors.Error("[WasiLogging] Cannot log into file: Failed opening file " + context + " for writing: " + err.Error())
		return fault.HostFuncError
	}
	level := uint32(stack[0])
	if level > uint32(logline.Critical) {
		h.explainLevels(level)
		return fault.HostFuncError
	}
	log.Log(logline.Level(level), message)
	return nil
}

// textAt is the text of n bytes at p. The address of an empty text has to be one all
// the same.
func textAt(m abi.Memory, p, n uint64) (string, bool) {
	b, ok := m.Input(abi.Ptr(p), max(abi.Size(n), 1))
	if !ok {
		return "", false
	}
	return string(b[:uint32(n)]), true
}

// destination is the log that context names. The file named last stays open.
func (h *Host) destination(context string) (*logline.Logger, error) {
	switch context {
	case "", "stdout":
		return h.config.Stdout, nil
	case "stderr":
		return h.config.Stderr, nil
	case h.name:
		return h.log, nil
	}
	f, err := h.config.Append(context)
	if err != nil {
		return nil, err
	}
	if h.file != nil {
		h.file.Close()
	}
	h.file, h.name, h.log = f, context, logline.New(f, logline.Trace, false)
	return h.log, nil
}
