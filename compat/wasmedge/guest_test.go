package wasmedge_test

import (
	"github.com/wazedge/wazedge/internal/wasm"
	"github.com/wazedge/wazedge/internal/wat"
)

// guest is the module in text.
func guest(text string) []byte {
	m, err := wat.Parse([]byte(text))
	if err != nil {
		panic(err)
	}
	return wasm.Encode(m)
}
