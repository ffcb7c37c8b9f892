package crypto

import (
	"bytes"
	"testing"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// words is the address of numbers of 4 bytes each.
func (g *caller) words(list ...uint64) uint64 {
	b := make([]byte, 4*len(list))
	for i, n := range list {
		abi.Put32(b[4*i:], uint32(n))
	}
	return g.put(b)
}

// results are the numbers and errnos of a batch of n operations.
func (g *caller) results(at uint64, n int) (numbers []uint64, errnos []Errno) {
	for i := range n {
		b := g.mem.b[at+uint64(8*i):]
		numbers = append(numbers, uint64(abi.Get32(b)))
		errnos = append(errnos, Errno(abi.Get16(b[4:])))
	}
	return numbers, errnos
}

// Operations of a batch are done one by one, each with an errno of its own; they are of one algorithm.
func TestBatches(t *testing.T) {
	g := newCaller(t, Config{})
	key, text := make([]byte, 16), []byte("message")
	state := func() uint64 { return g.state("AES-128-GCM", key, g.nonce(make([]byte, 12))) }
	at := g.put(make([]byte, 8*3))
	data, n := g.data(text)
	out := g.put(make([]byte, 64))
	g.ok("batch_symmetric_state_encrypt", g.words(state(), out, n+16, data, n, 99, out, n+16, data, n, state(), out+32, 1, data, n), 3, at)
	numbers, errnos := g.results(at, 3)
	if errnos[0] != success || errnos[1] != invalidHandle || errnos[2] != overflow || numbers[0] != n+16 {
		t.Errorf("encrypted: %v, %v", numbers, errnos)
	}
	sealed := bytes.Clone(g.mem.b[out:][:n+16])
	g.ok("batch_symmetric_state_decrypt", g.words(state(), out+32, n, out, n+16), 1, at)
	if _, errnos := g.results(at, 1); errnos[0] != success || !bytes.Equal(g.mem.b[out+32:][:n], text) {
		t.Errorf("decrypted: %v", errnos)
	}
	g.ok("batch_symmetric_state_encrypt_detached", g.words(state(), out, n, data, n), 1, at)
	numbers, errnos = g.results(at, 1)
	tag, size := g.data(sealed[n:])
	if errnos[0] != success {
		t.Fatal(errnos)
	}
	g.ok("symmetric_tag_verify", numbers[0], tag, size)
	g.ok("batch_symmetric_state_decrypt_detached", g.words(state(), out+32, n, out, n, tag, size, state(), out+32, n, out, n, tag+1, size), 2, at)
	if _, errnos := g.results(at, 2); errnos[0] != success || errnos[1] != invalidTag {
		t.Errorf("decrypted: %v", errnos)
	}

	a, b, mac := g.state("SHA-256", nil, g.none()), g.state("SHA-256", nil, g.none()), g.state("HMAC/SHA-256", make([]byte, 32), g.none())
	g.ok("batch_symmetric_state_squeeze", g.words(a, out, 32, b, out+32, 33), 2, at)
	if x, y := abi.Get16(g.mem.b[at:]), abi.Get16(g.mem.b[at+2:]); Errno(x) != success || Errno(y) != invalidLength {
		t.Errorf("squeezed: %d, %d", x, y)
	}
	g.fails(unsupportedFeature, "batch_symmetric_state_squeeze", g.words(a, out, 32, mac, out, 32), 2, at)
	g.ok("batch_symmetric_state_squeeze_tag", g.words(mac, 7), 2, at)
	if _, errnos := g.results(at, 2); errnos[0] != success || errnos[1] != invalidHandle {
		t.Errorf("squeezed: %v", errnos)
	}
	g.ok("batch_symmetric_state_squeeze", 0, 0, 0)
}

func TestSignatureBatches(t *testing.T) {
	g := newCaller(t, Config{})
	pair := g.generated(forSignatures, "Ed25519")
	pk := g.handle("keypair_publickey", pair)
	s, r := g.handle("signature_state_open", pair), g.handle("signature_state_open", pair)
	at, n := g.text("text")
	g.ok("signature_state_update", s, at, n)
	results := g.put(make([]byte, 16))
	g.ok("batch_signature_state_sign", g.words(s, r), 2, results)
	numbers, errnos := g.results(results, 2)
	if errnos[0] != success || errnos[1] != success {
		t.Fatal(errnos)
	}
	v := g.handle("signature_verification_state_open", pk)
	g.ok("signature_verification_state_update", v, at, n)
	g.ok("batch_signature_state_verify", g.words(v, numbers[0], v, numbers[1], v, 1), 3, results)
	for i, want := range []Errno{success, verificationFailed, invalidHandle} {
		if got := Errno(abi.Get16(g.mem.b[results+uint64(2*i):])); got != want {
			t.Errorf("%d: %v, want %v", i, got, want)
		}
	}
	other := g.handle("signature_state_open", g.generated(forSignatures, "ECDSA_K256_SHA256"))
	g.fails(unsupportedFeature, "batch_signature_state_sign", g.words(s, other), 2, results)
}
