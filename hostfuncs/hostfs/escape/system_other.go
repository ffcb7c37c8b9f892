//go:build !linux

package escape

import (
	"testing"

	"github.com/wazedge/wazedge/hostfuncs/hostfs"
)

// testSystem would state what takes a system that has it.
func testSystem(*testing.T, Maker, hostfs.Options) {}
