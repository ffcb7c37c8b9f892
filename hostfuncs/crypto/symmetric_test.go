package crypto

import (
	"bytes"
	"encoding/hex"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Hashes are of all that was absorbed so far, truncated to what is asked for; a clone goes on by itself.
func TestHashesGoOn(t *testing.T) {
	g := newCaller(t, Config{})
	s := g.state("sha-256", nil, g.none())
	g.absorb(s, []byte("ab"))
	clone := g.handle("symmetric_state_clone", s)
	g.absorb(s, []byte("c"))
	for range 2 {
		if got := hex.EncodeToString(g.squeeze(s, 8)); got != "ba7816bf8f01cfea" {
			t.Errorf("SHA-256 of abc begins with %s", got)
		}
	}
	if got := hex.EncodeToString(g.squeeze(clone, 32)); got != "fb8e20fc2e4c3f248c60c39bd652f3c1347298bb977b8b4d5903b85055620603" {
		t.Errorf("SHA-256 of ab is %s", got)
	}
	g.fails(invalidLength, "symmetric_state_squeeze", s, g.put(make([]byte, 33)), 33)
}

// What is sealed is unsealed in place, over itself and with its tag apart; what was changed is not.
func TestSealedIsUnsealed(t *testing.T) {
	for _, tc := range []struct {
		algorithm  string
		key, nonce int
	}{
		{"AES-128-GCM", 16, 12}, {"AES-256-GCM", 32, 12}, {"CHACHA20-POLY1305", 32, 12}, {"XCHACHA20-POLY1305", 32, 24},
	} {
		t.Run(tc.algorithm, func(t *testing.T) {
			g := newCaller(t, Config{})
			key, message := bytes.Repeat([]byte{7}, tc.key), []byte("a message that is longer than a block")
			open := func() uint64 {
				s := g.state(tc.algorithm, key, g.nonce(bytes.Repeat([]byte{9}, tc.nonce)))
				g.absorb(s, []byte("additional"))
				return s
			}
			n := uint64(len(message))
			at := g.put(append(message, make([]byte, 32)...))
			g.ok("symmetric_state_encrypt", open(), at+3, n+16, at, n, firstResult)
			if g.result(firstResult) != n+16 {
				t.Errorf("%d bytes", g.result(firstResult))
			}
			sealed := bytes.Clone(g.mem.b[at+3:][:n+16])

			apart := g.put(message)
			g.ok("symmetric_state_encrypt_detached", open(), apart, n, apart, n, firstResult)
			tag := g.result(firstResult)
			if !bytes.Equal(g.mem.b[apart:][:n], sealed[:n]) {
				t.Error("the detached encryption differs")
			}
			at2, size := g.data(sealed[n:])
			g.ok("symmetric_tag_verify", tag, at2, size)
			g.ok("symmetric_state_decrypt_detached", open(), apart, n, apart, n, at2, 16, firstResult)
			g.ok("symmetric_state_decrypt", open(), at, n, at+3, n+16, firstResult)
			if !bytes.Equal(g.mem.b[at:][:n], message) || !bytes.Equal(g.mem.b[apart:][:n], message) {
				t.Error("the message is not what it was")
			}
			sealed[0] ^= 1
			bad := g.put(sealed)
			g.fails(invalidTag, "symmetric_state_decrypt", open(), at, n, bad, n+16, firstResult)
			if !bytes.Equal(g.mem.b[at:][:n], make([]byte, n)) {
				t.Error("something is left of what did not verify")
			}
			g.fails(overflow, "symmetric_state_encrypt", open(), at, n+15, at, n, firstResult)
			g.fails(invalidLength, "symmetric_state_encrypt", open(), at, n+17, at, n, firstResult)
			g.fails(invalidTag, "symmetric_state_decrypt", open(), at, 0, at, 15, firstResult)
		})
	}
}

// A nonce is good for one message, also of a clone; XChaCha20 has nonces that can be made at random.
func TestNoncesAreUsedOnce(t *testing.T) {
	g := newCaller(t, Config{})
	key := make([]byte, 32)
	s := g.state("AES-256-GCM", key, g.nonce(make([]byte, 12)))
	clone := g.handle("symmetric_state_clone", s)
	at := g.put(make([]byte, 17))
	g.ok("symmetric_state_encrypt", s, at, 17, at, 1, firstResult)
	g.fails(nonceRequired, "symmetric_state_encrypt", s, at, 17, at, 1, firstResult)
	g.fails(nonceRequired, "symmetric_state_encrypt", clone, at, 17, at, 1, firstResult)

	opt := g.some(g.key("AES-256-GCM", key))
	name, length := g.text("AES-256-GCM")
	g.fails(nonceRequired, "symmetric_state_open", name, length, opt, g.none(), firstResult)
	g.fails(invalidNonce, "symmetric_state_open", name, length, opt, g.nonce(make([]byte, 13)), firstResult)

	seen := map[string]bool{}
	for range 2 {
		s := g.state("XCHACHA20-POLY1305", key, g.none())
		name, length := g.text("nonce")
		g.ok("symmetric_state_options_get", s, name, length, at, 24, firstResult)
		seen[string(g.mem.b[at:][:g.result(firstResult)])] = true
		g.fails(overflow, "symmetric_state_options_get", s, name, length, at, 23, firstResult)
	}
	if len(seen) != 2 || seen[""] {
		t.Errorf("nonces are %v", seen)
	}
}
