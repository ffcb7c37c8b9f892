//go:build !unix

package machine

import (
	"io/fs"
	"os"
)

// Open opens a file of the kind mode for reading.
func Open(path string, mode fs.FileMode) (*os.File, error) { return os.Open(path) }
