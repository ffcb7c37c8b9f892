package cache

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/wazedge/wazedge/internal/blake3"
)

// Keyring is a directory that says whose entries are used: this user's, which he seals
// with a secret of his own, and those signed by keys that he trusts. It is never the
// directory of a store, and no guest gets to see it.
//
// It is safe for concurrent use, by any number of processes.
type Keyring struct {
	dir string
	say func(string) // told of what a person should know

	mu     sync.Mutex
	secret *[secretSize]byte
	failed error // why there is none, and will be none
}

const (
	secretSize = 32
	secretFile = "key"
	// TrustDirVariable is the variable of the environment that names the keyring's
	// directory.
	TrustDirVariable = "WAZEDGE_TRUST_DIR"
)

// DefaultTrustDir is where the user's keyring is: below the platform's directory for
// configuration, or an error if the environment does not tell.
func DefaultTrustDir() (string, error) {
	dir, err := os.UserConfigDir()
	if err == nil && !filepath.IsAbs(dir) {
		err = errRelative
	}
	if err != nil {
		return "", fmt.Errorf("find the directory for configuration: %w", err)
	}
	return filepath.Join(dir, "wazedge"), nil
}

// errRelative is the reason for not using a directory below a home that depends on the
// working directory.
var errRelative = errors.New("the home directory is relative")

// NewKeyring is the keyring in dir, which need not exist. say, unless nil, is told of
// what a person should know: a secret that is not used, or not any more.
func NewKeyring(dir string, say func(string)) *Keyring {
	if say == nil {
		say = func(string) {}
	}
	return &Keyring{dir: dir, say: say}
}

// KeyringOf is a keyring without a directory, of a secret alone: it trusts nobody else.
func KeyringOf(secret [32]byte) *Keyring {
	return &Keyring{say: func(string) {}, secret: &secret}
}

// Dir is the keyring's directory.
func (k *Keyring) Dir() string { return k.dir }

// Files are the keyring's files.
func (k *Keyring) Files() []string {
	return []string{filepath.Join(k.dir, secretFile), filepath.Join(k.dir, trustedFile)}
}

// ErrNoSecret is the error where the user has no secret.
var ErrNoSecret = errors.New("no secret key of this user")

// known is the secret there is. A nil Keyring has none.
func (k *Keyring) known() (*[secretSize]byte, error) {
	if k == nil {
		return nil, ErrNoSecret
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.read()
}

// Make makes the user's secret if there is none. The error says why there can be none.
func (k *Keyring) Make() error {
	_, err := k.make()
	return err
}

// read is the secret in the file. One that others may know is none.
func (k *Keyring) read() (*[secretSize]byte, error) {
	if k.secret != nil || k.failed != nil {
		return k.secret, k.failed
	}
	secret, err := readSecret(k.dir)
	switch {
	case err == nil:
		k.secret = secret
	case errors.Is(err, errUnsafe):
		k.say(fmt.Sprintf("%v; nothing is kept of compiled modules, nor used", err))
		k.failed = fmt.Errorf("%w: %w", ErrNoSecret, err)
		err = k.failed
	default:
		err = fmt.Errorf("%w: %w", ErrNoSecret, err)
	}
	return k.secret, err
}

// make is the secret, made if there is none that is still one.
func (k *Keyring) make() (*[secretSize]byte, error) {
	if k == nil {
		return nil, ErrNoSecret
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	secret, err := k.read()
	if err == nil || k.failed != nil {
		return secret, err
	}
	spoiled := errors.Is(err, errSpoiled)
	if err := k.create(spoiled); err != nil {
		k.failed = fmt.Errorf("%w: %w", ErrNoSecret, err)
		return nil, k.failed
	}
	if spoiled {
		k.say(fmt.Sprintf("%v; there is a new one, and what was kept before is not used any more", errors.Unwrap(err)))
	}
	return k.read()
}

// create makes the file of the secret, in the place of another if replace. It appears
// whole; when two processes make one, one of them stays.
func (k *Keyring) create(replace bool) error {
	if err := makeOwnDir(k.dir); err != nil {
		return err
	}
	secret := make([]byte, secretSize)
	if _, err := rand.Read(secret); err != nil {
		return err
	}
	path := filepath.Join(k.dir, secretFile)
	if replace {
		return writeOwn(k.dir, path, [][]byte{secret})
	}
	f, err := writeTemporary(k.dir, [][]byte{secret})
	if err != nil {
		return err
	}
	defer os.Remove(f)
	if err := os.Link(f, path); err == nil || errors.Is(err, fs.ErrExist) {
		return nil
	}
	return os.Rename(f, path) // a file system without links
}

// Reasons for not using a secret.
var (
	errUnsafe  = errors.New("not this user's alone")
	errSpoiled = errors.New("no secret any more")
)

// readSecret reads the secret in dir. The error is errUnsafe where somebody else
// decides what is there, errSpoiled where others may have read it or it is none.
func readSecret(dir string) (*[secretSize]byte, error) {
	path := filepath.Join(dir, secretFile)
	if err := ownPath(dir); err != nil {
		if _, none := os.Lstat(path); errors.Is(none, fs.ErrNotExist) && Trusted(dir) == nil {
			return nil, none // a directory of the superuser's that says whom to trust, and no more
		}
		return nil, err
	}
	f, err := openNoFollow(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := ownSecret(f, path); err != nil {
		return nil, err
	}
	b := make([]byte, secretSize+1)
	n, err := io.ReadFull(f, b)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, err
	}
	secret := new([secretSize]byte)
	if n != secretSize || [secretSize]byte(b[:n]) == *secret {
		return nil, fmt.Errorf("%s: %w: it is damaged", path, errSpoiled)
	}
	copy(secret[:], b)
	return secret, nil
}

// macOf is the keyed hash of head under a key made from secret for this purpose alone.
func macOf(secret *[secretSize]byte, head []byte) [hashSize]byte {
	key := blake3.DeriveKey("wazedge 2026 seal of a cache entry", secret[:])
	return blake3.Keyed(&key, head)
}

// Signer is the secret part of a key that others may trust.
type Signer = ed25519.PrivateKey
