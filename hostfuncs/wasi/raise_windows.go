package wasi

import "os"

// raise ends this process, which is all that a signal can do here; what ends no
// process by default is not supported.
func raise(sig uint32) error {
	const hup, int, quit, ill, abrt, kill, term = 1, 2, 3, 4, 6, 9, 15
	switch sig {
	case hup, int, quit, ill, abrt, kill, term:
	default:
		return ENOTSUP
	}
	p, err := os.FindProcess(os.Getpid())
	if err != nil {
		return err
	}
	return p.Kill()
}
