package crypto

// family is a sort of keys. What is no key is invalid_key, a form that keys do not have
// unsupported_encoding.
type family interface {
	// identifier is what tells such a key in PKCS#8, encoded, and nil if there is none in it.
	identifier() []byte
	generate() (secretKey, error)
	secretFrom(f form, b []byte) (secretKey, Errno)
	publicFrom(f form, b []byte) (publicKey, Errno)
}

// secretKey is a secret key of a family. It holds copies of what it is made from.
type secretKey interface {
	public() publicKey
	// in is the key in a form, a copy.
	in(f form) ([]byte, Errno)
	wipe()
}

// publicKey is a public key of a family.
type publicKey interface {
	in(f form) ([]byte, Errno)
	// verify is whether the key is valid beyond what importing it has looked at.
	verify() Errno
}

// importSecret is the key in b, or the pair.
func importSecret(f family, b []byte, e encoding, pair bool) (secretKey, Errno) {
	if e == pkcs8Encoding || e == pemEncoding {
		id := f.identifier()
		if id == nil {
			return nil, unsupportedEncoding
		}
		inner, ok := openPrivate(b, id, e)
		if !ok {
			return nil, invalidKey
		}
		defer clear(inner)
		b = inner
	}
	return f.secretFrom(formOf(e, pair), b)
}

// importPublic is the public key in b.
func importPublic(f family, b []byte, e encoding) (publicKey, Errno) {
	if e == pkcs8Encoding || e == pemEncoding {
		id := f.identifier()
		if id == nil {
			return nil, unsupportedEncoding
		}
		inner, ok := openPublic(b, id, e)
		if !ok {
			return nil, invalidKey
		}
		b = inner
	}
	return f.publicFrom(formOf(e, false), b)
}

// exportSecret is k, or the pair that it makes.
func exportSecret(f family, k secretKey, e encoding, pair bool) ([]byte, Errno) {
	return export(f, k.in, formOf(e, pair), e, closePrivate)
}

// exportPublic is k.
func exportPublic(f family, k publicKey, e encoding) ([]byte, Errno) {
	return export(f, k.in, formOf(e, false), e, closePublic)
}

func export(f family, in func(form) ([]byte, Errno), want form, e encoding, enclose func(inner, id []byte, e encoding) ([]byte, bool)) ([]byte, Errno) {
	if want == innerForm && f.identifier() == nil {
		return nil, unsupportedEncoding
	}
	b, errno := in(want)
	if errno != success || want != innerForm {
		return b, errno
	}
	b, ok := enclose(b, f.identifier(), e)
	if !ok {
		return nil, internalError
	}
	return b, success
}
