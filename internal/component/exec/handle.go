package exec

import "context"

// ResourceType is a resource type of one instance, or of the host. Two are the same type
// if they are the same pointer.
type ResourceType struct {
	impl       *Instance // whose it is; nil for the host's
	destructor *coreItem // or nil

	// Drop, for resource types of the host, is told that the last owner of the resource
	// represented by rep is gone.
	Drop func(ctx context.Context, rep uint64) error
}

// handle is what an index of an instance's table stands for.
type handle struct {
	typ   *ResourceType
	rep   uint64
	owned bool
	scope *task // that has to drop it, if it is a borrow
	lends int   // borrows of it that are still held
}

// maxHandles is one more than the indices that a table may give out.
const maxHandles = 1 << 28

// handleSize is about what a handle takes of the host's memory, with what of the host's it may
// stand for, and handlesAtOnce how many the bound of memory is asked for.
const (
	handleSize    = 256
	handlesAtOnce = 256
)

// handles are the resources that an instance knows, by index. Index 0 is none.
type handles struct {
	list  []handle
	free  []uint32
	taken uint64 // bytes, of the bound of memory
}

// addHandle is the index of h from now on, in a table that the bound of memory allows.
func (i *Instance) addHandle(h handle) (uint32, error) {
	t := &i.handles
	if len(t.free) == 0 && len(t.list)%handlesAtOnce == 0 {
		if err := i.store.take(handleSize*handlesAtOnce, "handles"); err != nil {
			return 0, err
		}
		t.taken += handleSize * handlesAtOnce
	}
	return t.add(h)
}

// add is the index of h from now on.
func (t *handles) add(h handle) (uint32, error) {
	if n := len(t.free); n > 0 {
		i := t.free[n-1]
		t.free = t.free[:n-1]
		t.list[i] = h
		return i, nil
	}
	if len(t.list) == 0 {
		t.list = append(t.list, handle{})
	}
	if len(t.list) == maxHandles {
		return 0, trap("too many handles")
	}
	t.list = append(t.list, h)
	return uint32(len(t.list) - 1), nil
}

// get is the handle i of type typ.
func (t *handles) get(i uint32, typ *ResourceType) (*handle, error) {
	if uint64(i) >= uint64(len(t.list)) || t.list[i].typ == nil {
		return nil, trap("unknown handle index %d", i)
	}
	h := &t.list[i]
	if h.typ != typ {
		return nil, trap("handle index %d used with the wrong type", i)
	}
	return h, nil
}

// remove takes the handle i away, which must not be lent.
func (t *handles) remove(i uint32, typ *ResourceType) (handle, error) {
	h, err := t.get(i, typ)
	if err != nil {
		return handle{}, err
	}
	if h.lends > 0 {
		return handle{}, trap("cannot remove owned resource while borrowed")
	}
	was := *h
	*h = handle{}
	t.free = append(t.free, i)
	return was, nil
}
