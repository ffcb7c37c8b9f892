package cli

func parseModules(p *Process, l line) int { return p.fail("parse is not there yet") }

func validateModules(p *Process, l line) int { return p.fail("validate is not there yet") }
