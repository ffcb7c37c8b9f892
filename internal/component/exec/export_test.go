package exec

// Inner are the exports of instance n of i's index space.
func (i *Instance) Inner(n int) Exports { return i.instances[n] }
