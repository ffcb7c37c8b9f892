//go:build !linux || !amd64

package guard

import "unsafe"

// Ready says why there are no guards here.
func Ready() error { return errUnsupported }

// Code is code that [Add] was told of.
type Code struct{}

// Add refuses: there are no guards here.
func Add(code unsafe.Pointer, size uintptr, sites unsafe.Pointer, n int) (*Code, error) {
	return nil, errUnsupported
}

// Remove forgets c.
func (c *Code) Remove() {}
