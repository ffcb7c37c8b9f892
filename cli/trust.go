package cli

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/internal/legible"
)

// trustCommand is `wazedge trust`.
func trustCommand() *command {
	child := func(name, brief string, positionals []positional, run func(*Process, line, *cache.Keyring) int) *command {
		return &command{name: name, brief: brief, tools: toolTrust, positionals: positionals, run: func(p *Process, l line) int {
			k := p.keyring()
			if k == nil {
				_, err := cache.DefaultTrustDir()
				return p.fail(fmt.Sprintf("%v; name one with %s", err, cache.TrustDirVariable))
			}
			return run(p, l, k)
		}}
	}
	return &command{name: "trust", brief: "say whose compiled code is executed", tools: toolTrust, run: missingVerb, children: []*command{
		child("list", "list the keys that are trusted", nil, listTrusted),
		child("add", "trust the key in a file FILE.pub of keygen", []positional{{metavar: "FILE"}}, addTrusted),
		child("remove", "trust a key no more, by name or fingerprint", []positional{{metavar: "KEY"}}, removeTrusted),
		child("keygen", "make a key to sign with, FILE, and FILE.pub for others", []positional{{metavar: "FILE"}, {metavar: "NAME", many: true}}, makeKey),
	}}
}

// trustedKey is a key as list shows it.
type trustedKey struct {
	Fingerprint string `json:"fingerprint"`
	Name        string `json:"name"`
	Key         string `json:"key"`
}

func listTrusted(p *Process, l line, k *cache.Keyring) int {
	keys, err := k.Trusted()
	if err != nil {
		return p.fail(err.Error())
	}
	list := make([]trustedKey, 0, len(keys))
	for _, t := range keys {
		list = append(list, trustedKey{cache.Fingerprint(t.Public), t.Name, t.String()})
	}
	if l.syntax.options.JSON {
		return p.json(list)
	}
	for _, t := range list {
		fmt.Fprintf(p.out(), "%s  %s\n", t.Fingerprint, legible.Name(t.Name))
	}
	return statusOK
}

func addTrusted(p *Process, l line, k *cache.Keyring) int {
	b, err := os.ReadFile(l.words[0])
	if err != nil {
		return p.fail(err.Error())
	}
	key, err := cache.ParseTrustedKey(string(b))
	if err == nil {
		err = k.Trust(key)
	}
	if err != nil {
		return p.fail(fmt.Sprintf("%s: %v", l.words[0], err))
	}
	fmt.Fprintf(p.out(), "%s  %s\n", cache.Fingerprint(key.Public), legible.Name(key.Name))
	return statusOK
}

func removeTrusted(p *Process, l line, k *cache.Keyring) int {
	if err := k.Distrust(l.words[0]); err != nil {
		return p.fail(err.Error())
	}
	return statusOK
}

// makeKey writes a new secret key to a file, and its public part beside it. It
// overwrites nothing.
func makeKey(p *Process, l line, _ *cache.Keyring) int {
	public, secret, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return p.fail(err.Error())
	}
	key := cache.TrustedKey{Public: public}
	if len(l.words) > 1 {
		key.Name = l.words[1]
	}
	if _, err := cache.ParseTrustedKey(key.String()); err != nil {
		return p.fail(fmt.Sprintf("the name %q of a key has spaces", key.Name))
	}
	if err := writeNew(l.words[0], cache.FormatSigner(secret), 0o600); err != nil {
		return p.fail(err.Error())
	}
	if err := writeNew(l.words[0]+".pub", key.String()+"\n", 0o644); err != nil {
		return p.fail(err.Error())
	}
	fmt.Fprintf(p.out(), "%s  %s\n", cache.Fingerprint(public), legible.Name(key.Name))
	return statusOK
}

// writeNew writes a file that is not there yet.
func writeNew(path, text string, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// readSigner reads a key to sign with.
func readSigner(path string) (cache.Signer, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s, err := cache.ParseSigner(string(b))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}
