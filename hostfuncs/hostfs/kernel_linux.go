package hostfs

// KernelResolves reports whether the kernel keeps paths beneath the directory that they
// start from (openat2); else they are walked, name by name, which is as safe and slower.
func KernelResolves() bool { return hasOpenat2() }
