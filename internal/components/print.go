package components

import (
	"io"

	"github.com/wazedge/wazedge/internal/component/wit"
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// PrintText writes b, a component in the binary format or as text, to w as text. It is read
// under the proposals of f, and need not be valid. The error is one of [Decode], or of w.
func PrintText(w io.Writer, b []byte, f wasm.Features) error {
	c, err := Decode(b, f)
	if err != nil {
		return err
	}
	return wat.PrintComponent(w, c)
}

// PrintWIT writes the world of b, a valid component in the binary format or as text, to w as
// WIT. The error is one of [Check], or of w.
func PrintWIT(w io.Writer, b []byte, f wasm.Features) error {
	_, checked, err := Check(b, f, 1)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, wit.Text(checked.Type))
	return err
}
