//go:build unix && !linux

package hostfs

// mountsBeneath would report what is mounted below the directory.
func mountsBeneath(int) (mounts, proc bool) { return false, false }

// ofProcesses reports whether f is of the file system of processes, which only Linux
// has in this form.
func ofProcesses(int) bool { return false }
