//go:build unix

package machine

import (
	"io/fs"
	"os"
	"syscall"
)

// Open opens a file of the kind mode for reading. [os.Open] would give a regular file to the runtime's poller
// first, which takes none, and has then been started for nothing.
func Open(path string, mode fs.FileMode) (*os.File, error) {
	if !mode.IsRegular() {
		return os.Open(path)
	}
	for {
		fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
		switch err {
		case nil:
			return os.NewFile(uintptr(fd), path), nil
		case syscall.EINTR:
		default:
			return nil, &fs.PathError{Op: "open", Path: path, Err: err}
		}
	}
}
