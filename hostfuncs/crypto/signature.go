package crypto

import (
	"encoding/asn1"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// signature is a signature, of as many bytes as its algorithm has. It can also be read as an
// array_output, as the interface says of what signature_state_sign returns.
type signature struct {
	output
	of *asymmetric
}

func (*signature) kind() kind { return signatureKind }

// newSignature is the signature raw, which it owns.
func (h *Host) newSignature(a *asymmetric, raw []byte) (*signature, Errno) {
	s := &signature{of: a}
	s.data = raw
	s.own(h, nil)
	if !s.grow(keypairSize) {
		s.release()
		return nil, overflow
	}
	return s, success
}

// addSignature puts the signature raw under a handle.
func (h *Host) addSignature(a *asymmetric, raw, at []byte) Errno {
	s, e := h.newSignature(a, raw)
	if e != success {
		return e
	}
	return h.add(s, at)
}

// The numbers of signature_encoding.
const (
	rawSignature = iota
	derSignature
)

// signatureExport is signature_export.
func (h *Host) signatureExport(m abi.Memory, n, enc uint32, handle abi.Ptr32) Errno {
	at, e := place(m, handle)
	if e != success {
		return e
	}
	return with(h, n, func(s *signature) Errno {
		b, e := s.encoded(enc)
		if e != success {
			return e
		}
		return h.put(b, at)
	})
}

// encoded is a copy of s in an encoding.
func (s *signature) encoded(enc uint32) ([]byte, Errno) {
	if enc == rawSignature {
		return append([]byte(nil), s.data...), success
	}
	if enc != derSignature {
		return nil, unsupportedEncoding
	}
	var der []byte
	var err error
	switch s.of.family.(type) {
	case ec:
		der, err = ecdsaDER(s.data)
	case rsaKeys:
		der, err = asn1.Marshal(s.data)
	default:
		return nil, unsupportedEncoding
	}
	if err != nil {
		return nil, algorithmFailure
	}
	return der, success
}

// signatureImport is signature_import.
func (h *Host) signatureImport(m abi.Memory, name abi.Ptr, length abi.Size, p abi.Ptr, n abi.Size, enc uint32, handle abi.Ptr32) Errno {
	a, e := asymmetricAt(m, uint32(forSignatures), name, length)
	if e != success {
		return e
	}
	b, e := copyAt(m, p, n, maxEncoding, invalidSignature)
	if e != success {
		return e
	}
	at, e := place(m, handle)
	if e != success {
		return e
	}
	raw, e := a.decodeSignature(b, enc)
	if e != success {
		return e
	}
	return h.addSignature(a, raw, at)
}

// decodeSignature is the signature in b. That of RSA is an OCTET STRING in DER, as in WasmEdge.
func (a *asymmetric) decodeSignature(b []byte, enc uint32) ([]byte, Errno) {
	switch enc {
	case rawSignature:
	case derSignature:
		ok := false
		switch f := a.family.(type) {
		case ec:
			b, ok = ecdsaRaw(b, f.size())
		case rsaKeys:
			var octets []byte
			ok = unmarshal(b, &octets)
			b = octets
		default:
			return nil, unsupportedEncoding
		}
		if !ok {
			return nil, invalidSignature
		}
	default:
		return nil, unsupportedEncoding
	}
	if len(b) != a.signature {
		return nil, invalidSignature
	}
	return b, success
}
