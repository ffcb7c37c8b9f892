package prepare

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/wazedge/wazedge/internal/fault"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// isText reports whether path is to be read as text, if it is no binary: WasmEdge
// reads no text, and what it says of a file by another name is kept.
func isText(path string) bool { return filepath.Ext(path) == ".wat" }

// assemble makes the binary module of text.
func (s *source) assemble() ([]byte, error) {
	if wat.IsComponent(s.bytes) {
		return nil, &fault.Error{Code: fault.ComponentNotImplLoader, Offset: -1, Err: &wasm.ComponentError{Source: s.numbered()}}
	}
	m, err := wat.Parse(s.bytes)
	if err != nil {
		if at, ok := errors.AsType[*wat.Error](err); ok {
			at.Line += s.lines
		}
		return nil, &fault.Error{Code: fault.IllegalGrammar, Offset: -1, Info: []string{fmt.Sprintf("In the text at %v", err)}, Err: err}
	}
	return wasm.Encode(m), nil
}

// numbered is the text s with an empty line for each in front of it, by which errors name theirs.
func (s *source) numbered() []byte {
	if s.lines == 0 {
		return s.bytes
	}
	return append(bytes.Repeat([]byte("\n"), s.lines), s.bytes...)
}

// PrintText writes the module b, which [ReadModule] has read, to w in the text
// format. The error is a [*fault.Error] if b cannot be read under the proposals of
// features, else one of w.
func PrintText(w io.Writer, b []byte, features wasm.Features) error {
	m, err := wasm.Decode(b, features)
	if err == nil {
		err = m.CheckBodies(features)
	}
	if err != nil {
		return err
	}
	if err := wat.Print(w, m); err != nil {
		return fmt.Errorf("print the module: %w", err)
	}
	return nil
}
