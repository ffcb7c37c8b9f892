package engine

// MemoryUse is what the linear memories of a [Store] have come to.
type MemoryUse struct {
	Begin   uint64 // bytes that they began with
	Now     uint64 // bytes that they have
	Growths int    // how often one has grown
	Touched uint64 // bytes of pages that the system has supplied
	Told    bool   // the system tells Touched
}

// MemoryUse is what the memories of s are now; nothing for a nil Store.
func (s *Store) MemoryUse() MemoryUse {
	if s == nil {
		return MemoryUse{Told: true}
	}
	a := s.memory
	a.mu.Lock()
	defer a.mu.Unlock()
	u := MemoryUse{Told: true}
	for m := range a.regions {
		u.Begin += m.begin
		u.Now += m.used
		u.Growths += m.growths
		n, ok := touched(m.bytes[:m.used])
		u.Touched += n
		u.Told = u.Told && ok
	}
	return u
}
