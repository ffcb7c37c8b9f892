package engine

import (
	"context"
	"fmt"
	"sync"
)

// shared is what all stores of a Runtime share, each made when it is first asked for.
type shared struct {
	mu        sync.Mutex
	instances map[any]*Instance // of host functions
	codes     map[string]*Code
}

// Shared is the instance of host functions name, which build makes when it is first
// asked for.
func (r *Runtime) Shared(ctx context.Context, name string, build func(ctx context.Context, name string) (*Instance, error)) (*Instance, error) {
	return r.SharedBy(name, name, func() (*Instance, error) { return build(ctx, name) })
}

// SharedBy is [Runtime.Shared] for instances that name does not tell apart, but key.
func (r *Runtime) SharedBy(key any, name string, build func() (*Instance, error)) (*Instance, error) {
	s := &r.shared
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.instances[key]; i != nil {
		return i, nil
	}
	i, err := build()
	if err != nil {
		return nil, fmt.Errorf("instantiate %s: %w", name, err)
	}
	if s.instances == nil {
		s.instances = map[any]*Instance{}
	}
	s.instances[key] = i
	return i, nil
}

// SharedCode is the code name, which build makes when it is first asked for.
func (r *Runtime) SharedCode(name string, build func() (*Code, error)) (*Code, error) {
	s := &r.shared
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.codes[name]; c != nil {
		return c, nil
	}
	c, err := build()
	if err != nil {
		return nil, err
	}
	if s.codes == nil {
		s.codes = map[string]*Code{}
	}
	s.codes[name] = c
	return c, nil
}

// Found are instances by what they are instances of, for one who has looked for them before.
type Found struct {
	mu   sync.Mutex
	list map[any]*Instance
}

// Of is the instance of key, or nil.
func (f *Found) Of(key any) *Instance {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.list[key]
}

// Note notes that i is the instance of key.
func (f *Found) Note(key any, i *Instance) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.list == nil {
		f.list = map[any]*Instance{}
	}
	f.list[key] = i
}
