package wasi

// guard would refuse directories to guests. Here they are told from others by nothing
// but their paths, and it does nothing.
type guard struct{}

func newGuard([]string) *guard { return nil }

func (g *guard) closeFile(string) {}

func (g *guard) over(handle) (*guard, error) { return nil, nil }
