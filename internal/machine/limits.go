package machine

// Limit is a limit that the system sets for the process (ulimit).
type Limit struct {
	Name      string // openFiles, addressSpace, fileSize, stack, processes
	Value     uint64
	Unlimited bool
}

// Limits are the limits that matter to guests, as they are now; none where the system has no
// such limits.
func Limits() []Limit { return limits() }
