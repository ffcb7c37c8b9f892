package compat

import (
	"encoding/binary"
	"io"
)

// universalSection is the name of the custom section that a universal module
// carries behind the module it was made from.
const universalSection = "wazedge"

// universalVersion is the version of the section's layout.
const universalVersion = 1

// WriteUniversal writes the universal module of module to w: its bytes unchanged,
// which any runtime runs, and behind them one custom section with what was
// prepared for this one. The section begins with the layout's version in LEB128;
// payload follows.
func WriteUniversal(w io.Writer, module, payload []byte) error {
	body := binary.AppendUvarint(nil, uint64(len(universalSection)))
	body = append(body, universalSection...)
	body = binary.AppendUvarint(body, universalVersion)
	head := append([]byte{0}, binary.AppendUvarint(nil, uint64(len(body)+len(payload)))...)
	for _, part := range [][]byte{module, head, body, payload} {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// ReadModule reads the module in the file path, which may be a pipe. Of a file
// that does not begin as a module does it reads no more than [VM.Load] needs to
// say so. The error is a [*fault.Error] that ends with the file's name.
func ReadModule(path string) ([]byte, error) {
	b, abs, err := readModule(path)
	if err != nil {
		return nil, inFile(err, abs)
	}
	return b, nil
}
