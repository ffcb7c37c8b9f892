package crypto

import (
	"bytes"
	"crypto/sha512"
	"sync"
	"testing"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// each calls f with a handle of each kind, the function that closes such, and its kind.
func (g *caller) each(f func(n uint64, close string)) {
	pair := g.generated(forSignatures, "Ed25519")
	pk := g.handle("keypair_publickey", pair)
	signer := g.handle("signature_state_open", pair)
	mac := g.state("HMAC/SHA-256", make([]byte, 32), g.none())
	f(g.handle("options_open", 0), "options_close")
	f(g.handle("secrets_manager_open", g.none()), "secrets_manager_close")
	f(g.handle("keypair_secretkey", pair), "secretkey_close")
	f(g.handle("signature_state_sign", signer), "signature_close")
	f(g.handle("signature_verification_state_open", pk), "signature_verification_state_close")
	f(g.handle("symmetric_state_squeeze_tag", mac), "symmetric_tag_close")
	f(g.key("AES-128-GCM", make([]byte, 16)), "symmetric_key_close")
	f(pair, "keypair_close")
	f(pk, "publickey_close")
	f(signer, "signature_state_close")
	f(mac, "symmetric_state_close")
}

// A handle is closed once, by the function for its kind, and its number does not come again.
func TestHandlesAreClosedOnce(t *testing.T) {
	g := newCaller(t, Config{})
	var closers []string
	var handles []uint64
	g.each(func(n uint64, close string) {
		closers, handles = append(closers, close), append(handles, n)
	})
	for i, n := range handles {
		for j, close := range closers {
			if j != i {
				g.fails(invalidHandle, close, n)
			}
		}
		g.ok(closers[i], n)
		g.fails(closed, closers[i], n)
	}
	for i, close := range closers {
		g.fails(invalidHandle, close, 0)
		g.fails(invalidHandle, close, handles[i]+100<<8)
		g.fails(invalidHandle, close, 0xffffffff)
	}
	g.each(func(n uint64, _ string) {
		for _, old := range handles {
			if n == old {
				t.Errorf("handle %#x comes again", n)
			}
		}
	})
}

// What is closed, or of another kind, is no handle to any function.
func TestOtherHandlesAreInvalid(t *testing.T) {
	g := newCaller(t, Config{})
	pair := g.generated(forSignatures, "Ed25519")
	g.ok("keypair_close", pair)
	g.fails(invalidHandle, "keypair_publickey", pair, firstResult)
	tag := g.handle("symmetric_state_squeeze_tag", g.state("HMAC/SHA-256", make([]byte, 32), g.none()))
	for _, call := range []struct {
		name string
		args []uint64
	}{
		{"array_output_len", []uint64{tag, firstResult}},
		{"keypair_export", []uint64{tag, 0, firstResult}},
		{"publickey_verify", []uint64{tag}},
		{"signature_state_update", []uint64{tag, 0, 0}},
		{"signature_verification_state_verify", []uint64{tag, tag}},
		{"symmetric_state_absorb", []uint64{tag, 0, 0}},
		{"symmetric_key_export", []uint64{tag, firstResult}},
		{"kx_dh", []uint64{tag, tag, firstResult}},
		{"external_secret_from_id", []uint64{tag, 0, 0, 0, firstResult}},
		{"keypair_generate_managed", []uint64{tag, 0, 0, 0, 0, firstResult}},
	} {
		g.fails(invalidHandle, call.name, call.args...)
	}
}

// A guest has so many objects and no more, and can close some to have others.
func TestHandlesAreBounded(t *testing.T) {
	g := newCaller(t, Config{})
	var last uint64
	for range MaxHandles {
		last = g.handle("options_open", 0)
	}
	g.fails(tooManyHandles, "options_open", 0, firstResult)
	g.ok("options_close", last)
	g.ok("options_open", 0, firstResult)
}

// Objects and calls hold no more than the guest may take, and give back what they held.
func TestMemoryIsBounded(t *testing.T) {
	g := newCaller(t, Config{MaxMemory: 1 << 20})
	pair := g.generated(forSignatures, "Ed25519")
	s := g.handle("signature_state_open", pair)
	at := g.put(make([]byte, 1<<18))
	var e Errno
	for range 5 {
		e = g.errno("signature_state_update", s, at, 1<<18)
	}
	if e != overflow {
		t.Errorf("more than is allowed: %v", e)
	}
	x := g.state("AES-128-GCM", make([]byte, 16), g.nonce(make([]byte, 12)))
	g.fails(overflow, "symmetric_state_encrypt", x, at, 1<<18+16, at, 1<<18, firstResult)
	g.ok("signature_state_close", s)
	g.ok("symmetric_state_encrypt", x, at, 1<<18+16, at, 1<<18, firstResult)
	g.host.Close()
	if n := g.host.held.Load(); n != 0 {
		t.Errorf("%d bytes are held by nothing", n)
	}
}

// An address or length that is not in memory is algorithm_failure, whatever else is wrong.
func TestAddressesAreChecked(t *testing.T) {
	g := newCaller(t, Config{})
	end := uint64(len(g.mem.b))
	name, n := g.text("SHA-256")
	s := g.state("SHA-256", nil, g.none())
	for _, c := range []struct {
		name string
		args []uint64
	}{
		{"symmetric_state_open", []uint64{end - 3, 7, g.none(), g.none(), firstResult}},
		{"symmetric_state_open", []uint64{name, n, end - 7, g.none(), firstResult}},
		{"symmetric_state_open", []uint64{name, n, g.none(), end, firstResult}},
		{"symmetric_state_open", []uint64{name, n, g.none(), g.none(), end - 3}},
		{"symmetric_state_absorb", []uint64{s, 1, end}},
		{"symmetric_state_absorb", []uint64{s, 1<<32 - 1, 1<<32 - 1}},
		{"symmetric_state_squeeze", []uint64{s, end - 31, 32}},
		{"options_open", []uint64{0, 1<<32 - 1}},
		{"keypair_id", []uint64{0, end, 16, firstResult, firstResult}},
		{"batch_symmetric_state_squeeze", []uint64{0, 1 << 30, 0}},
	} {
		g.fails(badAddress, c.name, c.args...)
	}
	g.ok("symmetric_state_absorb", s, 1<<32-1, 0)
}

// An output is read once, in as many pieces as the guest likes.
func TestOutputsAreReadOnce(t *testing.T) {
	g := newCaller(t, Config{})
	out := g.handle("symmetric_key_export", g.key("AES-128-GCM", []byte("0123456789abcdef")))
	var got []byte
	for _, want := range []uint64{10, 0, 6} {
		at := g.put(make([]byte, 16))
		g.ok("array_output_pull", out, at, min(10, want), firstResult)
		if n := g.result(firstResult); n != min(want, 10) && n != want {
			t.Errorf("%d bytes, want %d", n, want)
		}
		got = append(got, g.mem.b[at:][:g.result(firstResult)]...)
		if want != 6 {
			g.ok("array_output_len", out, firstResult)
			if g.result(firstResult) != 16 {
				t.Errorf("the length is %d", g.result(firstResult))
			}
		}
	}
	if string(got) != "0123456789abcdef" {
		t.Errorf("read %q", got)
	}
	g.fails(invalidHandle, "array_output_len", out, firstResult)
	g.fails(invalidHandle, "array_output_pull", out, 0, 0, firstResult)
}

// What is freed is overwritten: when its last reference is gone, not before.
func TestSecretsAreWiped(t *testing.T) {
	g := newCaller(t, Config{})
	n := g.generated(forSignatures, "Ed25519")
	pair := g.host.objects[uint32(n)].(*keypair)
	key := pair.key.(edwardsSecret)
	s := g.handle("signature_state_open", n)
	g.ok("keypair_close", n)
	if onlyZeros(key) {
		t.Error("a key in use is gone")
	}
	g.ok("signature_state_sign", s, firstResult)
	g.ok("signature_state_close", s)
	if !onlyZeros(key) {
		t.Error("a key is left")
	}
	k := g.key("HMAC/SHA-256", []byte("secret"))
	raw := g.host.objects[uint32(k)].(*symmetricKey).raw
	g.host.Close()
	if !onlyZeros(raw) {
		t.Error("a symmetric key is left")
	}
}

func onlyZeros(b []byte) bool {
	for _, x := range b {
		if x != 0 {
			return false
		}
	}
	return true
}

// Threads of a guest share objects, which they also close.
func TestThreadsShareObjects(t *testing.T) {
	g := newCaller(t, Config{})
	pair := g.generated(forSignatures, "ECDSA_P256_SHA256")
	hash := g.state("SHA-256", nil, g.none())
	var threads sync.WaitGroup
	for i := range 8 {
		threads.Go(func() {
			own := &caller{t: t, host: g.host, mem: &memoryOf{b: make([]byte, 1<<17)}, next: pageSize}
			for range 50 {
				own.errno("symmetric_state_absorb", hash, 0, 100)
				own.errno("symmetric_state_clone", hash, firstResult)
				own.errno("symmetric_state_close", own.result(firstResult))
				own.errno("keypair_export", pair, 0, firstResult)
				own.errno("array_output_pull", own.result(firstResult), pageSize, 64, secondResult)
				own.errno("signature_state_open", pair, firstResult)
				own.errno("signature_state_sign", own.result(firstResult), secondResult)
			}
			if i == 3 {
				own.errno("keypair_close", pair)
			}
		})
	}
	threads.Wait()
}

// A guest that is interrupted does not wait for a key, for a long message or for its hash.
func TestInterruptionEndsCalls(t *testing.T) {
	guest := abi.NewGuest(abi.GuestConfig{Interruptible: true})
	host := New(guest, Config{})
	defer host.Close()
	g := &caller{t: t, host: host, mem: &memoryOf{b: make([]byte, 64<<20)}, next: pageSize}
	s := g.state("XOODYAK-128", make([]byte, 16), g.none())
	hash := g.state("SHA-512", nil, g.none())
	name, n := g.text("RSA_PSS_4096_SHA512")
	none := g.none()
	guest.Interrupt(abi.ErrInterrupted)
	g.fails(inProgress, "keypair_generate", 0, name, n, none, firstResult)
	g.fails(inProgress, "symmetric_state_encrypt", s, 0, 32<<20+16, 0, 32<<20, firstResult)
	g.ok("symmetric_state_absorb", hash, 0, 64<<20)
	want := sha512.Sum512(g.mem.b[:pieceSize])
	if got := g.squeeze(hash, 64); !bytes.Equal(got, want[:]) {
		t.Error("more than a piece was hashed")
	}
}
