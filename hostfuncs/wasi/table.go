package wasi

import "github.com/wazedge/wazedge/hostfuncs/abi"

// firstNew is the lowest number of a new descriptor. Those below it are the
// standard streams' even when they are closed: what a program writes to one must
// not go to a file that it has opened since.
const firstNew = 3

// table maps a guest's descriptor numbers to descriptors.
type table struct{ abi.Handles[*descriptor] }

// get is the descriptor of number n with a reference for the caller, who
// releases it.
func (t *table) get(n fdnum) (*descriptor, Errno) {
	d, ok := t.Get(uint32(n))
	if !ok {
		return nil, EBADF
	}
	return d, Success
}

// room reports MFILE when the table is full.
func (t *table) room() Errno {
	if !t.Room() {
		return EMFILE
	}
	return Success
}

// add puts d under the lowest free number. When the table is full, d is
// released and the number means nothing.
func (t *table) add(d *descriptor) (fdnum, Errno) {
	n, ok := t.Add(d)
	if !ok {
		return 0, EMFILE
	}
	return fdnum(n), Success
}
