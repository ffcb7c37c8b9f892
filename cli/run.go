package cli

// runModule runs a module: see [compat.VM].
func runModule(p *Process, l line) int { return p.fail("run is not there yet") }
