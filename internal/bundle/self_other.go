//go:build !linux

package bundle

import "os"

// self is the file of this program.
func self() (*os.File, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return os.Open(path)
}
