package guests

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestCryptoVectors states that a guest gets the published results of all algorithms of
// wasi-crypto, of signatures and messages that are not genuine among them.
func TestCryptoVectors(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root, "hostfuncs/crypto/testdata/vectors/*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var commands bytes.Buffer
			var want []string
			for line := range strings.Lines(string(text)) {
				command, answer, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " => ")
				commands.WriteString(command + "\n")
				want = append(want, answer)
			}
			answers(t, commands.String(), want)
		})
	}
}

// answers wants the guest crypto to answer commands, one a line, by what is wanted.
func answers(t *testing.T, commands string, want []string) {
	t.Helper()
	cmd := command(t, "wasmedge", guest(t, "guests/crypto.wasm"))
	cmd.Stdin = strings.NewReader(commands)
	o := finish(t, cmd)
	got := strings.Split(strings.TrimSuffix(o.stdout, "\n"), "\n")
	if o.status != 0 || len(got) != len(want) {
		t.Fatalf("%d answers to %d commands, status %d, stderr %q", len(got), len(want), o.status, o.stderr)
	}
	lines := strings.Split(commands, "\n")
	for i, w := range want {
		if !fits(got[i], w) {
			t.Errorf("%.200s\n\tanswer %.200s\n\twant   %.200s", lines[i], got[i], w)
		}
	}
}

// fits reports whether an answer of the guest is as a vector has it.
func fits(got, want string) bool {
	switch kind, value, _ := strings.Cut(want, " "); {
	case want == "errno":
		return strings.HasPrefix(got, "errno ")
	case want == "ok":
		return got == "ok -"
	case kind == "any": // what is odd may be refused
		return got == "ok "+value || strings.HasPrefix(got, "errno ")
	}
	return got == want
}

// TestCryptoExchanges states that both sides of every key exchange come to the same secret.
func TestCryptoExchanges(t *testing.T) {
	names := []string{"X25519", "P256-SHA256", "P384-SHA384", "ML-KEM-512", "ML-KEM-768", "ML-KEM-1024", "X-WING", "KYBER768"}
	var commands string
	var want []string
	for _, n := range names {
		commands += "exchange " + n + "\n"
		want = append(want, "ok")
	}
	answers(t, commands, want)
}

// TestManagedKeysLast states that keys of --crypto-keys are there in later runs until they are revoked, that
// nobody else may read them, and that guests reach them in no other way.
func TestManagedKeysLast(t *testing.T) {
	signer, above := guest(t, "guests/signer.wasm"), t.TempDir()
	keys := filepath.Join(above, "keys")
	id := strings.TrimSpace(run(t, "--crypto-keys", keys, signer, "new", "ECDSA_P256_SHA256").stdout)
	public := run(t, "--crypto-keys", keys, signer, "public", id).stdout
	cmd := command(t, "wasmedge", "--crypto-keys", keys, signer, "sign", id)
	cmd.Stdin = strings.NewReader("text")
	signature, err := hex.DecodeString(strings.TrimSpace(finish(t, cmd).stdout))
	if err != nil || len(signature) != 64 || !genuine(t, public, "text", signature) {
		t.Errorf("a signature of %d bytes is not genuine; %v", len(signature), err)
	}
	if err := filepath.WalkDir(keys, func(name string, d os.DirEntry, err error) error {
		if info, _ := d.Info(); err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has the mode %v", name, info.Mode())
		}
		return err
	}); err != nil {
		t.Error(err)
	}
	inside := "/d/keys/" + id + "/1.key"
	if o := run(t, "--crypto-keys", keys, "--dir", "/d:"+above, guest(t, "guests/cat.wasm"), inside); o.status == 0 || o.stdout != "" {
		t.Errorf("a guest reads a key: %q", o.stdout)
	}
	if o := run(t, "--crypto-keys", keys, signer, "revoke", id); o.status != 0 {
		t.Errorf("revoking: status %d, %q", o.status, o.stderr)
	}
	for what, args := range map[string][]string{
		"revoked":          {"--crypto-keys", keys, signer, "public", id},
		"without the keys": {signer, "public", id},
	} {
		if o := run(t, args...); o.status != 1 || !strings.Contains(o.stderr, "errno 26") {
			t.Errorf("%s: status %d, %q", what, o.status, o.stderr)
		}
	}
}

// genuine reports whether signature is one of text by the key in PEM.
func genuine(t *testing.T, public, text string, signature []byte) bool {
	t.Helper()
	block, _ := pem.Decode([]byte(public))
	if block == nil {
		t.Fatalf("no public key in %q", public)
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte(text))
	return ecdsa.Verify(key.(*ecdsa.PublicKey), digest[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:]))
}

// TestTimeLimitEndsCrypto states that a guest whose key takes long to make ends when its time is over.
func TestTimeLimitEndsCrypto(t *testing.T) {
	began := time.Now()
	var o outcome
	for o.status == 0 { // a key may be found at once
		o = run(t, "--time-limit", "20", guest(t, "guests/signer.wasm"), "new", "RSA_PSS_4096_SHA512")
	}
	if o.status != 134 || time.Since(began) > patience {
		t.Errorf("status %d after %v, %q", o.status, time.Since(began), o.stdout)
	}
}

// TestForbiddenCryptoIsMocked states that guests find what WasmEdge has in the place of a plug-in that is
// not installed, when wazedge is told to leave it out.
func TestForbiddenCryptoIsMocked(t *testing.T) {
	o := finish(t, command(t, "wazedge", "--forbidden-plugin", "wasi_crypto", guest(t, "guests/signer.wasm"), "new", "Ed25519"))
	if o.status != 1 || !strings.Contains(o.stdout+o.stderr, "WASI-Crypto plugin not installed. Please install the plugin and restart WasmEdge.") {
		t.Errorf("status %d, %q, %q", o.status, o.stdout, o.stderr)
	}
}
