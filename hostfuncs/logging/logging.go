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

	"github.com/tetratelabs/wazero/api"

	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/internal/engine"
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

// Functions are what guests import.
func (h *Host) Functions() []engine.HostFunction {
	i32 := api.ValueTypeI32
	return []engine.HostFunction{{Name: "log", Params: []api.ValueType{i32, i32, i32, i32, i32}, Call: h.call}}
}

// call is log. An address that is not in the guest's memory ends the guest, and so
// does a level that does not exist.
func (h *Host) call(m api.Memory, stack []uint64) error {
	if m == nil {
		return fault.HostFuncError
	}
	context, ok := m.Read(uint32(stack[1]), uint32(stack[2]))
	message, has := m.Read(uint32(stack[3]), uint32(stack[4]))
	// The address of an empty text has to be one all the same.
	_, begins := m.ReadByte(uint32(stack[1]))
	if _, also := m.ReadByte(uint32(stack[3])); !ok || !has || !begins || !also {
		return fault.HostFuncError
	}
	log, err := h.destination(string(context))
	if err != nil {
		h.config.Errors.Error("[WasiLogging] Cannot log into file: Failed opening file " + string(context) + " for writing: " + err.Error())
		return fault.HostFuncError
	}
	level := uint32(stack[0])
	if level > uint32(logline.Critical) {
		h.explainLevels(level)
		return fault.HostFuncError
	}
	log.Log(logline.Level(level), string(message))
	return nil
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
