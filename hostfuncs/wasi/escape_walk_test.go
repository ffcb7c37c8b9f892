//go:build unix && !linux

package wasi

import "testing"

// walkOnly does nothing: this system has no other way.
func walkOnly(t *testing.T) { t.Helper() }
