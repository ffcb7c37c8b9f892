package cache

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// TrustedKey is a public key whose owner's entries are used.
type TrustedKey struct {
	Public ed25519.PublicKey
	Name   string // for people; without spaces
}

const (
	trustedFile  = "trusted"
	publicPrefix = "wazedge-ed25519"
	secretPrefix = "wazedge-ed25519-secret"
	maxTrusted   = 1 << 20 // bytes of the file
)

// String is the key as a line of the keyring, and of the file that its owner gives away.
func (t TrustedKey) String() string {
	return strings.TrimSpace(publicPrefix + " " + base64.StdEncoding.EncodeToString(t.Public) + " " + t.Name)
}

// Fingerprint is what people compare of a key.
func Fingerprint(k ed25519.PublicKey) string { return base64.StdEncoding.EncodeToString(k)[:16] }

// ParseTrustedKey reads what [TrustedKey.String] has written.
func ParseTrustedKey(line string) (TrustedKey, error) {
	words := strings.Fields(line)
	if len(words) < 2 || len(words) > 3 || words[0] != publicPrefix {
		return TrustedKey{}, errors.New("not a public key: " + publicPrefix + " KEY [NAME]")
	}
	public, err := base64.StdEncoding.DecodeString(words[1])
	if err != nil || len(public) != ed25519.PublicKeySize {
		return TrustedKey{}, errors.New("not a public key: " + words[1])
	}
	k := TrustedKey{Public: public}
	if len(words) == 3 {
		k.Name = words[2]
	}
	return k, nil
}

// FormatSigner is s in the form of its owner's file, for himself alone.
func FormatSigner(s Signer) string {
	return secretPrefix + " " + base64.StdEncoding.EncodeToString(s.Seed()) + "\n"
}

// ParseSigner reads what [FormatSigner] has written.
func ParseSigner(text string) (Signer, error) {
	words := strings.Fields(text)
	if len(words) == 2 && words[0] == secretPrefix {
		if seed, err := base64.StdEncoding.DecodeString(words[1]); err == nil && len(seed) == ed25519.SeedSize {
			return ed25519.NewKeyFromSeed(seed), nil
		}
	}
	return nil, errors.New("not a secret key of wazedge trust keygen")
}

// Trusted are the keys that the user trusts, in the order in which he has added them. A
// nil Keyring has none. The superuser may say whom every user trusts: the directory, and the file
// in it, may be his.
func (k *Keyring) Trusted() ([]TrustedKey, error) {
	if k == nil || k.dir == "" {
		return nil, nil
	}
	if err := Trusted(k.dir); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	path := filepath.Join(k.dir, trustedFile)
	f, err := openNoFollow(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := checkTrustee(f); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxTrusted))
	if err != nil {
		return nil, err
	}
	var keys []TrustedKey
	for line := range strings.Lines(string(b)) {
		if key, err := ParseTrustedKey(line); err == nil {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// trusts reports whether the user trusts public, and under which name.
func (k *Keyring) trusts(public ed25519.PublicKey) (name string, ok bool) {
	keys, err := k.Trusted()
	if err != nil {
		k.say(err.Error() + "; no signature is trusted")
		return "", false
	}
	for _, t := range keys {
		if t.Public.Equal(public) {
			return strings.TrimSpace("key " + Fingerprint(public) + " " + t.Name), true
		}
	}
	return "", false
}

// Trust adds key to those that are trusted.
func (k *Keyring) Trust(key TrustedKey) error {
	return k.change(func(keys []TrustedKey) ([]TrustedKey, error) {
		keys = slices.DeleteFunc(keys, func(t TrustedKey) bool { return t.Public.Equal(key.Public) })
		return append(keys, key), nil
	})
}

// Distrust removes the keys with that name or fingerprint.
func (k *Keyring) Distrust(name string) error {
	return k.change(func(keys []TrustedKey) ([]TrustedKey, error) {
		left := slices.DeleteFunc(slices.Clone(keys), func(t TrustedKey) bool {
			return t.Name == name || Fingerprint(t.Public) == name || t.String() == name
		})
		if len(left) == len(keys) {
			return nil, fmt.Errorf("no key %s is trusted", name)
		}
		return left, nil
	})
}

// change writes the trusted keys anew.
func (k *Keyring) change(f func([]TrustedKey) ([]TrustedKey, error)) error {
	keys, err := k.Trusted()
	if err != nil {
		return err
	}
	if keys, err = f(keys); err != nil {
		return err
	}
	if err := makeOwnDir(k.dir); err != nil {
		return err
	}
	var b strings.Builder
	for _, t := range keys {
		b.WriteString(t.String() + "\n")
	}
	return writeOwn(k.dir, filepath.Join(k.dir, trustedFile), [][]byte{[]byte(b.String())})
}
