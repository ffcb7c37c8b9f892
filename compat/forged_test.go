package compat_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/compat"
	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/compat/value"
	"github.com/wazedge/wazedge/internal/wasm"
)

// evilModule has the skeleton of variedModule, and other code.
var evilModule = strings.Replace(variedModule, "(i32.add (memory.grow", "(i32.sub (memory.grow", 1)

// precompiled are the module in path and its entries for c.
func precompiled(t *testing.T, c compat.Config, path string) ([]byte, []*cache.Contents) {
	t.Helper()
	vm := compat.New(c)
	defer vm.Close(t.Context())
	if err := errors.Join(vm.LoadFile(path), vm.Validate()); err != nil {
		t.Fatal(err)
	}
	features := wasm.Wasm3
	if c.Features != nil {
		features = *c.Features
	}
	module, entries, err := vm.Module().Precompile(t.Context(), compat.Precompiling{Features: features})
	if err != nil {
		t.Fatal(err)
	}
	return module, entries
}

// TestForgedCodeIsNotExecuted gives a module the code of another, under the module's own
// key and with every checksum right, for each variant: it is executed if, and only if,
// the user trusts the key that it is signed with.
func TestForgedCodeIsNotExecuted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good, evil, forged := filepath.Join(dir, "good.wasm"), filepath.Join(dir, "evil.wasm"), filepath.Join(dir, "module.wasm")
	writeFile(t, good, padded(t, variedModule))
	writeFile(t, evil, padded(t, evilModule))
	attacker := cache.NewKeyring(filepath.Join(dir, "attacker"), nil)
	public, secret, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	trusting := cache.NewKeyring(filepath.Join(dir, "trusting"), nil)
	if err := trusting.Trust(cache.TrustedKey{Public: public, Name: "friend"}); err != nil {
		t.Fatal(err)
	}
	for name, c := range variants() {
		module, entries := precompiled(t, c, good)
		_, other := precompiled(t, c, evil)
		for i := range other {
			other[i].Key = entries[i].Key
		}
		for _, test := range []struct {
			name   string
			sealer cache.Sealer
			trust  *cache.Keyring
			want   string // the module that is executed
		}{
			{"without a seal", cache.Sealer{}, keyring, good},
			{"sealed by another user", cache.Sealer{Keyring: attacker}, keyring, good},
			{"signed by anybody", cache.Sealer{Keyring: attacker, Signer: secret}, keyring, good},
			{"signed by a friend", cache.Sealer{Signer: secret}, trusting, evil},
		} {
			var b, log bytes.Buffer
			if err := compat.WriteUniversal(&b, test.sealer, module, other...); err != nil {
				t.Fatal(err)
			}
			writeFile(t, forged, b.Bytes())
			plain := c
			plain.Recompile = true
			want := outcome(t.Context(), plain, test.want)
			c := c
			c.Trust, c.Log = test.trust, logline.New(&log, logline.Info, false)
			got := outcome(t.Context(), c, forged)
			got = strings.ReplaceAll(got, forged, test.want)
			if test.want == good && got != want {
				t.Errorf("%s, %s:\n%s\nwant\n%s", name, test.name, got, want)
			}
			if ignored := strings.Count(log.String(), "neither made by this user"); ignored != 1 && test.want == good || ignored != 0 && test.want == evil {
				t.Errorf("%s, %s: logged %q", name, test.name, log.String())
			}
			if test.want == evil && strings.Split(got, "\n")[0] != strings.Split(want, "\n")[0] {
				t.Errorf("%s, %s: what is trusted is not executed:\n%s\nwant\n%s", name, test.name, got, want)
			}
		}
	}
}

// TestEntriesOfAnotherKeyAreNotUsed fills a cache, loses or changes the user's key, and
// forges the entry: each time the module is compiled anew.
func TestEntriesOfAnotherKeyAreNotUsed(t *testing.T) {
	dir := t.TempDir()
	good, evil := filepath.Join(dir, "good.wasm"), filepath.Join(dir, "evil.wasm")
	writeFile(t, good, padded(t, variedModule))
	writeFile(t, evil, padded(t, evilModule))
	want := outcome(t.Context(), compat.Config{}, good)
	trust, store := filepath.Join(dir, "trust"), filepath.Join(dir, "cache")
	key := filepath.Join(trust, "key")
	for _, test := range []struct {
		name   string
		change func() error
		said   int
	}{
		{"unchanged", func() error { return nil }, 0},
		{"missing", func() error { return os.Remove(key) }, 0},
		{"replaced", func() error { return os.WriteFile(key, bytes.Repeat([]byte{7}, 32), 0o600) }, 0},
		{"readable by others", func() error { return os.Chmod(key, 0o644) }, 1},
		{"short", func() error { return os.Truncate(key, 31) }, 1},
		{"zeros", func() error { return os.WriteFile(key, make([]byte, 32), 0o600) }, 1},
	} {
		if err := test.change(); err != nil {
			t.Fatal(err)
		}
		var said []string
		k := cache.NewKeyring(trust, func(text string) { said = append(said, text) })
		var log bytes.Buffer
		c := compat.Config{Cache: cache.New(store, cache.Options{Keyring: k}), Trust: k, Log: logline.New(&log, logline.Debug, false)}
		for range 2 {
			if got := outcome(t.Context(), c, good); got != want {
				t.Errorf("%s:\n%s\nwant\n%s", test.name, got, want)
			}
		}
		if n := strings.Count(log.String(), "cache: compile"); n != 1 && test.name != "unchanged" {
			t.Errorf("%s: compiled %d times in two runs, want once: %s", test.name, n, log.String())
		}
		if len(said) != test.said {
			t.Errorf("%s: said %q, want %d lines", test.name, said, test.said)
		}
		info, err := os.Stat(key)
		if err != nil || info.Mode().Perm() != 0o600 || info.Size() != 32 {
			t.Errorf("%s: the key's file: %v, %v", test.name, info, err)
		}
	}
	// A key that somebody else decides on is not used at all, and not replaced.
	for _, test := range []struct {
		name   string
		change func() error
	}{
		{"a symbolic link", func() error { return errors.Join(os.Rename(key, key+"2"), os.Symlink(key+"2", key)) }},
		{"in a directory of others", func() error { return errors.Join(os.Remove(key), os.Rename(key+"2", key), os.Chmod(trust, 0o777)) }},
	} {
		if err := test.change(); err != nil {
			t.Fatal(err)
		}
		var said []string
		k := cache.NewKeyring(trust, func(text string) { said = append(said, text) })
		c := compat.Config{Cache: cache.New(store, cache.Options{Keyring: k}), Trust: k}
		for range 2 {
			if got := outcome(t.Context(), c, good); got != want {
				t.Errorf("%s:\n%s\nwant\n%s", test.name, got, want)
			}
		}
		if len(said) != 1 {
			t.Errorf("%s: said %q, want one line", test.name, said)
		}
	}
}

// TestFileSwappedBeforeTrap puts other files in the place of a module that runs from the
// cache, before it traps: the trap tells less, and nothing else happens.
func TestFileSwappedBeforeTrap(t *testing.T) {
	const text = `(module (func $inner (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0)))
		(func (export "f") (param i32) (result i32) (call $inner (local.get 0))))`
	dir := t.TempDir()
	path := filepath.Join(dir, "module.wasm")
	for name, other := range map[string][]byte{
		"another module":         padded(t, `(module (func (export "f") (result i64) (i64.const 1)))`),
		"as many functions":      padded(t, `(module (func) (func (export "g") (nop)))`),
		"other types and locals": padded(t, `(module (type (func)) (func (local i64 i64)) (func (export "f") (param f64 f64 f64)))`),
		"no module":              bytes.Repeat([]byte("x"), 9000),
		"empty":                  {},
	} {
		writeFile(t, path, padded(t, text))
		c := compat.Config{Cache: cache.New(filepath.Join(dir, "cache"), cache.Options{Keyring: keyring})}
		outcome(t.Context(), c, path)
		vm := compat.New(c)
		if err := errors.Join(vm.LoadFile(path), vm.Validate(), vm.Instantiate(t.Context())); err != nil {
			t.Fatal(err)
		}
		writeFile(t, path, other)
		_, err := vm.Invoke(t.Context(), "f", value.OfI32(0))
		if failed, ok := errors.AsType[*compat.InvokeError](err); !ok || !strings.Contains(failed.Error(), "divide by zero") {
			t.Errorf("%s in its place: %v, want the trap", name, err)
		}
		vm.Close(t.Context())
	}
}
