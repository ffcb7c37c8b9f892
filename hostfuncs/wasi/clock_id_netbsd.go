package wasi

// Numbers of clocks, which package unix does not have for this system.
const (
	systemMonotonic   = 3
	systemProcessTime = 1 << 30
)
