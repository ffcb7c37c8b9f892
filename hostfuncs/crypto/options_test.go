package crypto

import "testing"

// Options have names and types, by the sort of algorithm that they are for.
func TestOptionsAreKnown(t *testing.T) {
	g := newCaller(t, Config{})
	n, other := g.handle("options_open", uint64(forSymmetric)), g.handle("options_open", uint64(forSignatures))
	g.fails(unsupportedAlgorithm, "options_open", 3, firstResult)
	value, size := g.data([]byte("value"))
	for name, c := range map[string]struct{ bytes, number, buffer, elsewhere Errno }{
		"Nonce":      {success, unsupportedOption, unsupportedOption, unsupportedOption},
		"ops_limit":  {unsupportedOption, success, unsupportedOption, unsupportedOption},
		"buffer":     {unsupportedOption, unsupportedOption, success, unsupportedOption},
		"expiration": {unsupportedOption, success, unsupportedOption, success},
		"other":      {unsupportedOption, unsupportedOption, unsupportedOption, unsupportedOption},
	} {
		at, length := g.text(name)
		g.fails(c.bytes, "options_set", n, at, length, value, size)
		g.fails(c.number, "options_set_u64", n, at, length, 7)
		g.fails(c.buffer, "options_set_guest_buffer", n, at, length, value, size)
		g.fails(c.elsewhere, "options_set_u64", other, at, length, 7)
	}
	at, length := g.text("context")
	g.fails(overflow, "options_set", n, at, length, 0, maxEncoding+1)
	g.ok("options_set", n, at, length, value, size)
	g.ok("options_set", n, at, length, value, 0)

	text, textLen := g.text("SHA-256")
	s := g.handle("symmetric_state_open", text, textLen, g.none(), g.some(n))
	g.ok("options_close", n)
	g.ok("symmetric_state_options_get", s, at, length, 0, 0, firstResult)
	if g.result(firstResult) != 0 {
		t.Error("an option that was set again has its old value")
	}
	for name, want := range map[string]Errno{"ops_limit": success, "memory_limit": optionNotSet, "nonce": unsupportedOption} {
		at, length := g.text(name)
		g.fails(want, "symmetric_state_options_get_u64", s, at, length, firstResult)
	}
	at, length = g.text("salt")
	g.fails(optionNotSet, "symmetric_state_options_get", s, at, length, 0, 0, firstResult)
	g.fails(invalidHandle, "symmetric_state_open", text, textLen, g.none(), g.some(other), firstResult)
}

// Keys go with the algorithm that they were made for, and with none that takes no key.
func TestKeysBelongToAlgorithms(t *testing.T) {
	g := newCaller(t, Config{})
	raw, size := g.data(make([]byte, 32))
	key := g.some(g.key("AES-256-GCM", make([]byte, 32)))
	for name, c := range map[string]struct{ imported, generated, with, without Errno }{
		"SHA-256":             {keyNotSupported, unsupportedFeature, keyNotSupported, success},
		"HMAC/SHA-256":        {success, success, invalidKey, keyRequired},
		"HKDF-EXPAND/SHA-256": {success, unsupportedFeature, invalidKey, keyRequired},
		"HKDF-EXPAND/SHA-512": {invalidKey, unsupportedFeature, invalidKey, keyRequired},
		"AES-128-GCM":         {invalidKey, success, invalidKey, keyRequired},
		"aes-256-gcm":         {success, success, nonceRequired, keyRequired},
		"XOODYAK-160":         {invalidKey, success, invalidKey, success},
		"AES-192-GCM":         {unsupportedAlgorithm, unsupportedAlgorithm, unsupportedAlgorithm, unsupportedAlgorithm},
		"Ed25519":             {unsupportedAlgorithm, unsupportedAlgorithm, unsupportedAlgorithm, unsupportedAlgorithm},
	} {
		at, n := g.text(name)
		t.Log(name)
		g.fails(c.imported, "symmetric_key_import", at, n, raw, size, firstResult)
		g.fails(c.generated, "symmetric_key_generate", at, n, g.none(), firstResult)
		g.fails(c.with, "symmetric_state_open", at, n, key, g.none(), firstResult)
		g.fails(c.without, "symmetric_state_open", at, n, g.none(), g.none(), firstResult)
	}
}

// Functions that an algorithm does not have are invalid operations.
func TestAlgorithmsDoWhatTheyAreFor(t *testing.T) {
	g := newCaller(t, Config{})
	key := make([]byte, 32)
	name, n := g.text("HKDF-EXPAND/SHA-256")
	calls := map[string][]uint64{
		"symmetric_state_absorb":      {0, 0},
		"symmetric_state_squeeze":     {0, 1},
		"symmetric_state_squeeze_tag": {firstResult},
		"symmetric_state_squeeze_key": {name, n, firstResult},
		"symmetric_state_max_tag_len": {firstResult},
		"symmetric_state_encrypt":     {0, 16, 0, 0, firstResult},
		"symmetric_state_ratchet":     {},
	}
	for algorithm, can := range map[string][]string{
		"SHA-256":              {"absorb", "squeeze"},
		"HMAC/SHA-256":         {"absorb", "squeeze_tag", "max_tag_len"},
		"HKDF-EXTRACT/SHA-256": {"absorb", "squeeze_key"},
		"HKDF-EXPAND/SHA-256":  {"absorb", "squeeze"},
		"AES-256-GCM":          {"absorb", "max_tag_len", "encrypt"},
		"XOODYAK-128":          {"absorb", "squeeze", "squeeze_tag", "squeeze_key", "max_tag_len", "encrypt", "ratchet"},
	} {
		k := key
		switch algorithm {
		case "SHA-256":
			k = nil
		case "XOODYAK-128":
			k = key[:16]
		}
		s := g.state(algorithm, k, g.nonce(make([]byte, 12)))
		allowed := map[string]bool{}
		for _, c := range can {
			allowed["symmetric_state_"+c] = true
		}
		for call, args := range calls {
			want := invalidOperation
			if allowed[call] {
				want = success
			}
			if e := g.errno(call, append([]uint64{s}, args...)...); e != want {
				t.Errorf("%s: %s is %v, want %v", algorithm, call, e, want)
			}
		}
	}
	s := g.state("HKDF-EXPAND/SHA-256", key, g.none())
	g.fails(invalidLength, "symmetric_state_squeeze", s, 0, 255*32+1)
	g.ok("symmetric_state_squeeze", s, 0, 255*32)
}
