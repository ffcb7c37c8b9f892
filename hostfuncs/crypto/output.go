package crypto

import (
	"sync"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// output is an array_output: bytes that the guest reads once.
type output struct {
	counted
	mu   sync.Mutex
	data []byte
	read int
}

func (*output) kind() kind { return outputKind }

// newOutput is an output of data, which it owns.
func (h *Host) newOutput(data []byte) *output {
	o := &output{data: data}
	o.own(h, func() { clear(o.data) })
	return o
}

// put puts data, which it takes over, under a handle, which it writes to place.
func (h *Host) put(data []byte, place []byte) Errno {
	o := h.newOutput(data)
	if !o.grow(len(data)) {
		o.release()
		return overflow
	}
	return h.add(o, place)
}

// source is what can be read as an array_output.
type source interface {
	object
	length() int
	// pull reads into b, and reports whether that was the rest.
	pull(b []byte) (n int, over bool)
}

func (o *output) length() int { return len(o.data) }

func (o *output) pull(b []byte) (int, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := copy(b, o.data[o.read:])
	o.read += n
	return n, o.read == len(o.data)
}

// arrayOutputLen is array_output_len.
func (h *Host) arrayOutputLen(m abi.Memory, n uint32, size abi.Ptr32) Errno {
	at, e := place(m, size)
	if e != success {
		return e
	}
	return with(h, n, func(o source) Errno {
		abi.Put32(at, uint32(o.length()))
		return success
	})
}

// arrayOutputPull is array_output_pull. When all has been read the handle is closed.
func (h *Host) arrayOutputPull(m abi.Memory, n uint32, p abi.Ptr, length abi.Size, size abi.Ptr32) Errno {
	b, ok := m.Bytes(p, length)
	at, e := place(m, size)
	if !ok || e != success {
		return badAddress
	}
	return with(h, n, func(o source) Errno {
		read, over := o.pull(b)
		abi.Put32(at, uint32(read))
		if over {
			if o, ok := remove[source](h, n); ok {
				o.release()
			}
		}
		return success
	})
}
