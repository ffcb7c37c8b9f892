package cli

func compileModule(p *Process, l line) int { return p.fail("compile is not there yet") }
