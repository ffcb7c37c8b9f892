package private

// TellsStacks says that [Call.Walk] shows what is active where code is compiled.
const TellsStacks = true

// walk shows the return addresses on the stack, innermost first, as wazero's
// compiler for this architecture lays them out: each above the frame pointer of
// its caller.
func (c *Call) walk(show func(address uintptr)) {
	for fp := c.fp; ; {
		caller, ok := c.word(fp)
		address, ok2 := c.word(fp + 8)
		if !ok || !ok2 {
			return
		}
		show(address)
		if caller <= fp {
			return
		}
		fp = caller
	}
}
