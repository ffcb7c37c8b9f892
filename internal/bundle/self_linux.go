package bundle

import "os"

// self is the file of this program, whatever has become of its name.
func self() (*os.File, error) { return os.Open("/proc/self/exe") }
