package wasi

import (
	"github.com/wazedge/wazedge/hostfuncs/abi"
	"github.com/wazedge/wazedge/hostfuncs/hostfs"
)

// checkVector checks the array of n buffers at p as WasmEdge does, and returns it.
func checkVector(m memory, p ptr32, n size) ([]byte, Errno) {
	if n > maxIOVs {
		return nil, EINVAL
	}
	list, ok := m.Buffers(p, n)
	if !ok {
		return nil, EFAULT
	}
	return list, Success
}

// vectorOf is the buffers that the array iovs lists.
func vectorOf(m memory, d abi.Direction, iovs []byte) (*hostfs.Vector, Errno) {
	v := hostfs.NewVector()
	var ok bool
	if v.Bufs, ok = m.AppendBuffers(d, v.Bufs, iovs); !ok {
		v.Free()
		return nil, EFAULT
	}
	return v, Success
}
