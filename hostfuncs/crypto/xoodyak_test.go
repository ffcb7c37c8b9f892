package crypto

import (
	"bytes"
	"encoding/hex"
	"testing"
)

// The first of the known answers that were submitted to NIST's competition for lightweight cryptography.
func TestXoodyakKnownAnswers(t *testing.T) {
	g := newCaller(t, Config{})
	s := g.state("XOODYAK-128", nil, g.none())
	g.absorb(s, nil)
	if got := hex.EncodeToString(g.squeeze(s, 32)); got != "ea152f2b47bce24efb66c479d4adf17bd324d806e85ff75ee369ee50dc8f8bd1" {
		t.Errorf("the hash of nothing is %s", got)
	}
	key := unhex(t, "000102030405060708090a0b0c0d0e0f")
	s = g.state("XOODYAK-128", key, g.nonce(key))
	g.absorb(s, nil)
	at := g.put(make([]byte, 16))
	g.ok("symmetric_state_encrypt", s, at, 16, at, 0, firstResult)
	if got := hex.EncodeToString(g.mem.b[at:][:16]); got != "4bf0e393144cb58069fc1febcafcfb3c" {
		t.Errorf("the tag of nothing is %s", got)
	}
}

// A session of what the interface shows of Xoodyak comes to the same on both sides, however long its
// steps are, until they differ.
func TestXoodyakSessions(t *testing.T) {
	g := newCaller(t, Config{})
	long := bytes.Repeat([]byte("abcdefg"), 100_000)
	key := make([]byte, 16)
	a, b := g.state("XOODYAK-128", key, g.none()), g.state("XOODYAK-128", key, g.none())
	for _, s := range []uint64{a, b} {
		g.absorb(s, long)
		g.absorb(s, []byte("more"))
	}
	at, n := g.data([]byte("message"))
	out := g.put(make([]byte, 23))
	g.ok("symmetric_state_encrypt", a, out, n+16, at, n, firstResult)
	back := g.put(make([]byte, 7))
	g.ok("symmetric_state_decrypt", b, back, n, out, n+16, firstResult)
	if got := string(g.mem.b[back:][:n]); got != "message" {
		t.Errorf("the message is %q", got)
	}
	for _, s := range []uint64{a, b} {
		g.ok("symmetric_state_ratchet", s)
		g.absorb(s, []byte("after"))
	}
	x, y := g.squeeze(a, 300_000), g.squeeze(b, 300_000)
	if !bytes.Equal(x, y) || bytes.Equal(x[:1000], x[1000:2000]) {
		t.Error("the sessions differ")
	}
	name, length := g.text("AES-256-GCM")
	k, l := g.handle("symmetric_state_squeeze_key", a, name, length), g.handle("symmetric_state_squeeze_key", b, name, length)
	if !bytes.Equal(g.read(g.handle("symmetric_key_export", k)), g.read(g.handle("symmetric_key_export", l))) {
		t.Error("the keys differ")
	}
	g.ok("symmetric_state_squeeze_tag", a, firstResult)
	tag := g.result(firstResult)
	at, n = g.data(g.squeeze(b, 16))
	g.ok("symmetric_tag_verify", tag, at, n)
	g.fails(invalidTag, "symmetric_tag_verify", tag, at, n-1)

	hash := g.state("XOODYAK-128", nil, g.none())
	g.fails(invalidOperation, "symmetric_state_ratchet", hash)
	g.fails(invalidOperation, "symmetric_state_encrypt", hash, out, n+16, at, n, firstResult)
	g.fails(invalidOperation, "symmetric_state_squeeze_key", hash, name, length, firstResult)
}
