package crypto

import (
	"strings"
	"sync"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// use is what an algorithm is for: algorithm_type.
type use uint16

const (
	forSignatures use = iota
	forSymmetric
	forKeyExchange
	uses
)

// useOf is the use with number n.
func useOf(n uint32) (use, Errno) {
	if u := use(n); u < uses {
		return u, success
	}
	return 0, unsupportedAlgorithm
}

type optionType int

const (
	bytesOption optionType = iota + 1
	numberOption
	bufferOption
)

// optionNamed is the type of the option name in a set for u, or 0.
func optionNamed(name string, u use) optionType {
	switch name {
	case expirationOption:
		return numberOption
	case "context", "salt", "nonce":
		if u == forSymmetric {
			return bytesOption
		}
	case "memory_limit", "ops_limit", "parallelism":
		if u == forSymmetric {
			return numberOption
		}
	case "buffer":
		if u == forSymmetric {
			return bufferOption
		}
	}
	return 0
}

// expirationOption is the option that says when a managed key expires, in seconds since 1970.
const expirationOption = "expiration"

// options are the options of a set.
type options struct {
	counted
	use     use
	mu      sync.Mutex
	bytes   map[string][]byte
	numbers map[string]uint64
}

func (*options) kind() kind { return optionsKind }

// optionsOpen is options_open.
func (h *Host) optionsOpen(m abi.Memory, algorithmType uint32, handle abi.Ptr32) Errno {
	u, e := useOf(algorithmType)
	if e != success {
		return e
	}
	at, e := place(m, handle)
	if e != success {
		return e
	}
	o := &options{use: u, bytes: map[string][]byte{}, numbers: map[string]uint64{}}
	o.own(h, func() {
		for _, b := range o.bytes {
			clear(b)
		}
	})
	return h.add(o, at)
}

// set finds the option of a name and type among those of handle n, and calls f with it.
func (h *Host) set(m abi.Memory, n uint32, name abi.Ptr, length abi.Size, t optionType, f func(o *options, name string) Errno) Errno {
	text, e := nameAt(m, name, length)
	if e != success {
		return e
	}
	return with(h, n, func(o *options) Errno {
		text = strings.ToLower(text)
		if optionNamed(text, o.use) != t {
			return unsupportedOption
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		return f(o, text)
	})
}

// optionsSet is options_set.
func (h *Host) optionsSet(m abi.Memory, n uint32, name abi.Ptr, length abi.Size, p abi.Ptr, valueLen abi.Size) Errno {
	value, e := copyAt(m, p, valueLen, maxEncoding, overflow)
	if e != success {
		return e
	}
	return h.set(m, n, name, length, bytesOption, func(o *options, name string) Errno {
		if !o.grow(len(value)) {
			return overflow
		}
		old := o.bytes[name]
		clear(old)
		o.shrink(len(old))
		o.bytes[name] = value
		return success
	})
}

// optionsSetU64 is options_set_u64.
func (h *Host) optionsSetU64(m abi.Memory, n uint32, name abi.Ptr, length abi.Size, value uint64) Errno {
	return h.set(m, n, name, length, numberOption, func(o *options, name string) Errno {
		o.numbers[name] = value
		return success
	})
}

// optionsSetGuestBuffer is options_set_guest_buffer. No algorithm here needs one.
func (h *Host) optionsSetGuestBuffer(m abi.Memory, n uint32, name abi.Ptr, length abi.Size, p abi.Ptr, bufferLen abi.Size) Errno {
	if _, ok := m.Bytes(p, bufferLen); !ok {
		return badAddress
	}
	return h.set(m, n, name, length, bufferOption, func(*options, string) Errno { return success })
}

// optionsFor are the options in the option at p, which are to be for u, with a reference for
// the caller, or nil.
func (h *Host) optionsFor(m abi.Memory, p abi.Ptr, u use) (*options, Errno) {
	o, e := optionalObject[*options](h, m, p)
	if o != nil && o.use != u {
		o.release()
		return nil, invalidHandle
	}
	return o, e
}

// value is a copy of an option that is bytes.
func (o *options) value(name string) []byte {
	if o == nil {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	b, ok := o.bytes[name]
	if !ok {
		return nil
	}
	return append([]byte{}, b...)
}

// number is an option that is a number, and whether it is set.
func (o *options) number(name string) (uint64, bool) {
	if o == nil {
		return 0, false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	n, ok := o.numbers[name]
	return n, ok
}

// drop releases o unless it is nil.
func (o *options) drop() {
	if o != nil {
		o.release()
	}
}
