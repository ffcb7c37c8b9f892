package crypto

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/wazedge/wazedge/hostfuncs/abi"
)

// vaults runs f with guests whose managed keys are forgotten, and kept in a directory.
func vaults(t *testing.T, f func(t *testing.T, g *caller, now *clock)) {
	for _, dir := range []bool{false, true} {
		name, c := "memory", Config{}
		if dir {
			name, c.Keys = "directory", filepath.Join(t.TempDir(), "keys")
		}
		t.Run(name, func(t *testing.T) {
			now := &clock{at: 1000}
			c.Now = now.now
			f(t, newCaller(t, c), now)
		})
	}
}

// id is what the key of handle n is known by; sort is keypair or symmetric_key.
func (g *caller) id(sort string, n uint64) (id []byte, version uint64) {
	g.t.Helper()
	at := g.put(make([]byte, identifierSize))
	g.ok(sort+"_id", n, at, identifierSize, firstResult, secondResult)
	if size := g.result(firstResult); size != identifierSize {
		g.t.Fatalf("an identifier of %d bytes", size)
	}
	return bytes.Clone(g.mem.b[at:][:identifierSize]), abi.Get64(g.mem.b[secondResult:])
}

// Versions of a managed key are those that replaced one another, until they are invalidated.
func TestManagedKeysHaveVersions(t *testing.T) {
	vaults(t, func(t *testing.T, g *caller, _ *clock) {
		sm := g.handle("secrets_manager_open", g.none())
		name, n := g.text("AES-128-GCM")
		key := func() uint64 { return g.handle("symmetric_key_generate", name, n, g.none()) }
		raw := func(k uint64) string { return string(g.read(g.handle("symmetric_key_export", k))) }
		first := key()
		g.fails(unsupportedFeature, "symmetric_key_id", first, 0, 16, firstResult, secondResult)
		g.fails(unsupportedFeature, "symmetric_key_replace_managed", sm, first, key(), firstResult)
		room := g.put(make([]byte, identifierSize))
		g.fails(overflow, "symmetric_key_store_managed", sm, first, room, identifierSize-1)
		g.ok("symmetric_key_store_managed", sm, first, room, identifierSize)
		id, version := g.id("symmetric_key", first)
		if version != firstVersion || !bytes.Equal(id, g.mem.b[room:][:len(id)]) {
			t.Errorf("version %d of %x", version, id)
		}
		at := g.put(id)
		raws := []string{"", raw(first)}
		for want := firstVersion + 1; want < 4; want++ {
			next := key()
			raws = append(raws, raw(next))
			g.ok("symmetric_key_replace_managed", sm, first, next, secondResult)
			if got := abi.Get64(g.mem.b[secondResult:]); got != want {
				t.Errorf("version %d, want %d", got, want)
			}
			g.fails(closed, "symmetric_key_close", first)
			first = next
		}
		from := func(version uint64, want string) {
			t.Helper()
			e := g.errno("symmetric_key_from_id", sm, at, identifierSize, version, firstResult)
			if want == "" && e != notFound || want != "" && (e != success || raw(g.result(firstResult)) != want) {
				t.Errorf("version %#x: %v", version, e)
			}
		}
		from(1, raws[1])
		from(2, raws[2])
		from(latestVersion, raws[3])
		from(4, "")
		from(allVersions, "")
		g.fails(notFound, "keypair_from_id", sm, at, identifierSize, 1, firstResult)
		g.fails(notFound, "symmetric_key_from_id", sm, at, identifierSize-1, 1, firstResult)

		g.ok("secrets_manager_invalidate", sm, at, identifierSize, latestVersion)
		from(latestVersion, raws[2])
		from(3, "")
		next := key()
		g.ok("symmetric_key_replace_managed", sm, first, next, secondResult)
		if got := abi.Get64(g.mem.b[secondResult:]); got != 4 {
			t.Errorf("the number %d comes again", got)
		}
		g.fails(notFound, "secrets_manager_invalidate", sm, at, identifierSize, 3)
		g.ok("secrets_manager_invalidate", sm, at, identifierSize, allVersions)
		from(1, "")
		from(latestVersion, "")
		g.fails(notFound, "secrets_manager_invalidate", sm, at, identifierSize, allVersions)
		g.fails(notFound, "symmetric_key_replace_managed", sm, next, key(), secondResult)
	})
}

// A managed pair comes back as it was, for each family.
func TestManagedPairsComeBack(t *testing.T) {
	vaults(t, func(t *testing.T, g *caller, _ *clock) {
		sm := g.handle("secrets_manager_open", g.none())
		for _, k := range sampleKeys {
			pair := g.made(k.use, k.name)
			at := g.put(make([]byte, identifierSize))
			g.ok("keypair_store_managed", sm, pair, at, identifierSize)
			back := g.handle("keypair_from_id", sm, at, identifierSize, latestVersion)
			x, _ := g.exported("keypair", pair, uint64(pairLocal))
			y, _ := g.exported("keypair", back, uint64(pairLocal))
			if len(x) == 0 || !bytes.Equal(x, y) {
				t.Errorf("%s: the pair differs", k.name)
			}
			other := g.generated(forKeyExchange, "P384-SHA384")
			g.fails(incompatibleKeys, "keypair_replace_managed", sm, back, other, firstResult)
			if id, v := g.id("keypair", back); v != 1 || !bytes.Equal(id, g.mem.b[at:][:len(id)]) {
				t.Errorf("%s is version %d of %x", k.name, v, id)
			}
		}
	})
}

// pairLocal is the local encoding among those of pairs.
const pairLocal = 3

// A key that expires is not found or used from then on.
func TestManagedKeysExpire(t *testing.T) {
	vaults(t, func(t *testing.T, g *caller, now *clock) {
		sm := g.handle("secrets_manager_open", g.none())
		expiring := func(u use) uint64 {
			o := g.handle("options_open", uint64(u))
			name, n := g.text("expiration")
			g.ok("options_set_u64", o, name, n, 2000)
			return g.some(o)
		}
		name, n := g.text("Ed25519")
		pair := g.handle("keypair_generate_managed", sm, uint64(forSignatures), name, n, expiring(forSignatures))
		cipher, length := g.text("HMAC/SHA-256")
		key := g.handle("symmetric_key_generate_managed", sm, cipher, length, expiring(forSymmetric))
		id, _ := g.id("keypair", pair)
		at := g.put(id)
		use := func(want Errno) {
			t.Helper()
			g.fails(want, "keypair_from_id", sm, at, identifierSize, latestVersion, firstResult)
			g.fails(want, "signature_state_open", pair, firstResult)
			g.fails(want, "symmetric_state_open", cipher, length, g.some(key), g.none(), firstResult)
		}
		use(success)
		now.at = 2000
		use(expired)
	})
}

// Secrets that are none of ours are kept, replaced, and given back until they expire; encapsulated ones
// are kept by the guest, who cannot change them.
func TestExternalSecrets(t *testing.T) {
	vaults(t, func(t *testing.T, g *caller, now *clock) {
		sm := g.handle("secrets_manager_open", g.none())
		secret, n := g.text("token")
		id := g.put(make([]byte, identifierSize))
		g.fails(overflow, "external_secret_store", sm, secret, n, 2000, id, 15)
		g.fails(overflow, "external_secret_store", sm, 0, maxEncoding+1, 2000, id, identifierSize)
		g.ok("external_secret_store", sm, secret, n, 2000, id, identifierSize)
		other, m := g.text("other token")
		g.ok("external_secret_replace", sm, other, m, 3000, id, identifierSize, secondResult)
		get := func(version uint64, want string) {
			t.Helper()
			if got := string(g.read(g.handle("external_secret_from_id", sm, id, identifierSize, version))); got != want {
				t.Errorf("version %#x is %q", version, got)
			}
		}
		get(1, "token")
		get(latestVersion, "other token")
		g.fails(notFound, "symmetric_key_from_id", sm, id, identifierSize, 1, firstResult)

		capsule := g.read(g.handle("external_secret_encapsulate", sm, secret, n, 2000))
		again := g.read(g.handle("external_secret_encapsulate", sm, secret, n, 2000))
		if bytes.Equal(capsule, again) || bytes.Contains(capsule, []byte("token")) {
			t.Error("a capsule is not encrypted anew")
		}
		at, size := g.data(capsule)
		if got := string(g.read(g.handle("external_secret_decapsulate", sm, at, size))); got != "token" {
			t.Errorf("the secret is %q", got)
		}
		g.fails(verificationFailed, "external_secret_decapsulate", sm, at, size-1, firstResult)
		g.fails(verificationFailed, "external_secret_decapsulate", sm, at, 0, firstResult)
		bad := bytes.Clone(capsule)
		bad[30] ^= 1
		g.fails(verificationFailed, "external_secret_decapsulate", sm, g.put(bad), size, firstResult)

		now.at = 2000
		g.fails(expired, "external_secret_from_id", sm, id, identifierSize, 1, firstResult)
		g.fails(expired, "external_secret_decapsulate", sm, at, size, firstResult)
		get(2, "other token")
		now.at = 3000
		g.ok("external_secret_replace", sm, secret, n, 4000, id, identifierSize, secondResult)
		get(latestVersion, "token")
		g.ok("external_secret_invalidate", sm, id, identifierSize, allVersions)
		g.fails(notFound, "external_secret_from_id", sm, id, identifierSize, 1, firstResult)
	})
}

// What a directory has that is not whole, or not what was written, is no key.
func TestDamagedKeysAreNotRead(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	g := newCaller(t, Config{Keys: dir})
	sm := g.handle("secrets_manager_open", g.none())
	name, n := g.text("Ed25519")
	g.handle("keypair_generate_managed", sm, uint64(forSignatures), name, n, g.none())
	id, _ := g.id("keypair", g.result(firstResult))
	at := g.put(id)
	files, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	for _, text := range []string{"", "{}", `{"sort":"key pair","algorithm":"Ed25519","secret":"AA=="}`, `{"sort":"key pair","algorithm":"none","secret":"AA=="}`} {
		if err := os.WriteFile(files[0], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if e := g.errno("keypair_from_id", sm, at, identifierSize, latestVersion, firstResult); e != internalError && e != notFound {
			t.Errorf("%q: %v", text, e)
		}
	}
}

// Two hosts that share a directory, as two processes do, give no number twice.
func TestDirectoriesAreShared(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	a, b := newCaller(t, Config{Keys: dir}), newCaller(t, Config{Keys: dir})
	id, e := a.host.store(record{Sort: secretRecord, Secret: []byte("x")})
	if e != success {
		t.Fatal(e)
	}
	numbers := make(chan uint64)
	for _, g := range []*caller{a, b} {
		go func() {
			for range 20 {
				n, e := g.host.replace(id, record{Sort: secretRecord, Secret: []byte("x")})
				if e != success {
					t.Error(e)
				}
				numbers <- n
			}
		}()
	}
	seen := map[uint64]bool{}
	for range 40 {
		n := <-numbers
		if seen[n] {
			t.Errorf("version %d twice", n)
		}
		seen[n] = true
	}
	x, _ := a.host.vault.key(bytes.Repeat([]byte{1}, 32))
	y, _ := b.host.vault.key(bytes.Repeat([]byte{2}, 32))
	if len(x) != 32 || !bytes.Equal(x, y) {
		t.Errorf("external secrets are encrypted with %x and %x", x, y)
	}
}
