package link

import "context"

// plugin is what an instance has that guests import from, and is not one of them: it is on the
// same account and within the same bounds.
type plugin struct {
	host    func(name string) Host // what it imports from
	reaches bool                   // it has functions that reach into the memory of who calls it
	caller  *Instance              // whose memory that is: who has imported from it first
}

// Plugin makes an instance of m, which is valid, for guests to come. What it imports comes
// from host alone; reaches says that it reaches into the memory of who calls it.
func (s *Store) Plugin(ctx context.Context, m *Module, host func(name string) Host, reaches bool) (*Instance, error) {
	return s.using(ctx, func() (*Instance, error) {
		inst, err := s.newInstance(ctx, m, company{})
		if err != nil {
			return nil, err
		}
		inst.plugin = &plugin{host: host, reaches: reaches}
		return s.finish(ctx, inst, nil)
	})
}

// host is the module name of the host's for i, or nil.
func (i *Instance) host(name string) Host {
	if i.plugin != nil {
		return i.plugin.host(name)
	}
	return i.store.config.Host(name)
}

// serves reports whether another instance may import from i: a plug-in that reaches into the
// memory of who calls it has one caller.
func (i *Instance) serves() bool {
	return i.plugin == nil || !i.plugin.reaches || i.plugin.caller == nil
}

// adopt makes i the caller of the plug-ins that nobody has imported from before.
func (i *Instance) adopt() {
	for _, from := range i.imports {
		if from.plugin != nil && from.plugin.caller == nil {
			from.plugin.caller = i
		}
	}
}

// Caller is who has imported from i first; nil if nobody has.
func (i *Instance) Caller() *Instance {
	if i == nil || i.plugin == nil {
		return nil
	}
	return i.plugin.caller
}

// Reread reads m anew, unless it is what was read: an entry of the cache that stands in for
// it may be for other company.
func (m *Module) Reread(ctx context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ready(ctx, shape{moved: "whatever"}, nil)
}
