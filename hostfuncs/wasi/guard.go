package wasi

// base is where a path starts: a directory, and who keeps watch below it, if there is
// anything that guests must not get to.
type base struct {
	file  handle
	guard *guard
}

// from is where paths that start from d start.
func (d *descriptor) from() base { return base{d.file, d.guard} }

// guardedBy is d, below which g refuses what it knows; nil knows nothing.
func (d *descriptor) guardedBy(g *guard) *descriptor {
	d.guard = g
	return d
}

// guard refuses what e says is closed; nil where there is nothing to map.
func (e *Environment) guard() *guard {
	if len(e.Preopens) == 0 || len(e.Closed) == 0 {
		return nil
	}
	g := newGuard(e.Closed)
	for _, path := range e.ClosedFiles {
		g.closeFile(path)
	}
	return g
}
