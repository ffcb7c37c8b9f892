package private

// TellsStacks says that [Call.Walk] shows what is active where code is compiled.
const TellsStacks = true

// walk shows the return addresses on the stack, innermost first, as wazero's
// compiler for this architecture lays them out: from the bottom of a frame up, its
// size, a word of padding, the frame, the return address, the size of arguments
// and results, and these.
func (c *Call) walk(show func(address uintptr)) {
	for sp := c.sp; ; {
		size, ok := c.word(sp)
		if !ok || size > uintptr(len(c.stack)) {
			return
		}
		sp += size + 16
		address, ok := c.word(sp)
		values, ok2 := c.word(sp + 8)
		if !ok || !ok2 || values > uintptr(len(c.stack)) {
			return
		}
		show(address)
		sp += 16 + values
	}
}
