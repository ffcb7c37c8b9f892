package cli

func parseModules(p *Process, l line) int { return p.fail("parse is not there yet") }
