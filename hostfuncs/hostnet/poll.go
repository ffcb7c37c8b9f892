package hostnet

// Polled is a descriptor that a call waits for.
type Polled struct {
	Descriptor int     // as a [Socket] or a file tells it; one that is negative is always ready
	Asked      [2]bool // by direction: what to wait for
	Ready      [2]bool // what can be done without waiting
	Hangup     bool    // the peer is gone
	Broken     bool    // it cannot be waited for
}
