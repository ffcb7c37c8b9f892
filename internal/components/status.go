package components

import (
	"errors"

	"github.com/wazedge/wazedge/internal/wasi2"
)

// Status is what a program has ended with: a component that ends itself has not failed.
func Status(status uint32, err error) (uint32, error) {
	if exit, ok := errors.AsType[*wasi2.Exit](err); ok {
		return exit.Status, nil
	}
	return status, err
}
