package exec

import "errors"

// errHandles is why a store is not marked.
var errHandles = errors.New("instances of components have resources from their instantiation on")

// Mark notes what the instances of s have now, once, for [Store.Reset] to take them back to.
// Nothing is under way. The error is why that cannot be done; see [link.Store.Mark].
func (s *Store) Mark() error {
	for _, i := range s.instances {
		if len(i.handles.list) > 0 || i.entered || i.closed {
			return errHandles
		}
	}
	return s.Linked.Mark()
}

// Reset takes the instances of s back to what they were when it was marked, whatever has
// become of them. What their functions of the host work on is made anew by the caller.
// After an error, s is to be closed.
func (s *Store) Reset() error {
	for _, i := range s.instances {
		s.Linked.Give(i.handles.taken)
		i.handles, i.entered, i.closed = handles{}, false, false
	}
	return s.Linked.Reset()
}
