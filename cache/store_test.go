package cache

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// sample is an entry with all its parts; the code has size bytes.
func sample(module string, size int) *Contents {
	plan := []string{"pipeline 1", "cpu"}
	return &Contents{
		Key: KeyOf([]byte("plan"), DigestOf([]byte(module))),
		Manifest: Manifest{
			Plan: plan, Variant: "small gas limit", Name: module, Size: int64(len(module)), Created: time.Unix(1_700_000_000, 0), Uses: 5,
		},
		Skeleton: []byte("skeleton of " + module), Engine: []byte("engine's"),
		Image: []Run{{0, bytes.Repeat([]byte("image"), 13000)}, {1 << 20, []byte("second run")}},
		Code:  Artifact{Before: []byte("offsets"), Body: bytes.Repeat([]byte{0xC3}, size), After: []byte("checksum")},

		Origins: bytes.Repeat([]byte("origins"), 100),
	}
}

// testKeyring is that of the user who runs the tests; TestMain makes its directory.
var testKeyring *Keyring

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "trust")
	if err != nil {
		panic(err)
	}
	testKeyring = NewKeyring(dir, nil)
	status := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(status)
}

// encode is c as the user of the tests seals it.
func encode(t testing.TB, c *Contents) [][]byte {
	t.Helper()
	pieces, err := c.Encode(Sealer{Keyring: testKeyring})
	if err != nil {
		t.Fatal(err)
	}
	return pieces
}

// newStore is a store in a new directory; its clock is at *now.
func newStore(t *testing.T, limit int64) (s *Store, now *time.Time) {
	t.Helper()
	now = new(time.Time)
	*now = time.Now()
	return New(filepath.Join(t.TempDir(), "cache"), Options{Keyring: testKeyring, Limit: limit, Now: func() time.Time { return *now }}), now
}

func put(t *testing.T, s *Store, c *Contents) {
	t.Helper()
	if err := s.Put(c); err != nil {
		t.Fatalf("put %s: %v", c.Name, err)
	}
}

// TestExistingStoresMakeNoDirectories states that a store whose directory, or the user's secret, is made by
// others keeps nothing where they have removed it, and makes neither again.
func TestExistingStoresMakeNoDirectories(t *testing.T) {
	dir := t.TempDir()
	entries, trust := filepath.Join(dir, "cache"), filepath.Join(dir, "trust")
	behind := New(entries, Options{Keyring: NewKeyring(trust, nil), Existing: true})
	refuse := func(gone string) {
		t.Helper()
		if err := behind.Put(sample("behind", 1)); err == nil {
			t.Error("an entry is kept")
		}
		if unlock, err := behind.Lock(sample("behind", 1).Key); err == nil {
			unlock()
		}
		if release, ok := behind.Claim(sample("behind", 1).Key); ok {
			release()
		}
		if _, err := os.Stat(gone); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is there again: %v", gone, err)
		}
	}
	refuse(entries)
	refuse(trust)
	for _, gone := range []string{entries, trust} {
		if err := New(entries, Options{Keyring: NewKeyring(trust, nil)}).Prepare(); err != nil {
			t.Fatal(err)
		}
		put(t, behind, sample("behind", 1))
		if err := os.RemoveAll(gone); err != nil {
			t.Fatal(err)
		}
		refuse(gone)
	}
}

// same reports what differs between an entry and what was put.
func same(e *Entry, c *Contents) error {
	if e.Key() != c.Key || fmt.Sprint(e.Manifest) != fmt.Sprint(c.Manifest) {
		return fmt.Errorf("manifest %v, want %v", e.Manifest, c.Manifest)
	}
	if b, err := e.Skeleton(); err != nil || !bytes.Equal(b, c.Skeleton) {
		return fmt.Errorf("front %q, %w", b, err)
	}
	if b, err := e.EngineModule(); err != nil || !bytes.Equal(b, c.Engine) {
		return fmt.Errorf("engine's module %q, %w", b, err)
	}
	if b, err := e.Origins(); err != nil || e.HasOrigins() != (len(c.Origins) > 0) || !bytes.Equal(b, c.Origins) {
		return fmt.Errorf("origins %q, %w", b, err)
	}
	r, err := e.Code()
	if err != nil {
		return err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if want := bytes.Join([][]byte{c.Code.Before, c.Code.Body, c.Code.After}, nil); err != nil || !bytes.Equal(b, want) {
		return fmt.Errorf("%d bytes of code, want %d, %w", len(b), len(want), err)
	}
	return sameImage(e, c)
}

func sameImage(e *Entry, c *Contents) error {
	m, err := e.Image()
	if err != nil || m == nil {
		return fmt.Errorf("image %v, %w", m, err)
	}
	defer m.Close()
	last := c.Image[len(c.Image)-1]
	size := last.At + int64(len(last.Bytes))
	got, want := make([]byte, size), make([]byte, size)
	for _, r := range c.Image {
		copy(want[r.At:], r.Bytes)
	}
	if !m.Place(got, false) || !bytes.Equal(got, want) {
		return errors.New("the image differs")
	}
	if m.Place(got[:size-1], false) {
		return errors.New("the image fits a memory that is too small")
	}
	return nil
}

func TestPutAndGet(t *testing.T) {
	for _, size := range []int{0, 1, chunkSize - 1, chunkSize, chunkSize + 1, 3*chunkSize + 5} {
		s, _ := newStore(t, 0)
		c := sample("module", size)
		if _, err := s.Get(c.Key); !errors.Is(err, ErrNone) {
			t.Errorf("get of nothing: %v, want ErrNone", err)
		}
		put(t, s, c)
		e, err := s.Get(c.Key)
		if err != nil {
			t.Fatalf("%d bytes of code: %v", size, err)
		}
		if err := same(e, c); err != nil {
			t.Errorf("%d bytes of code: %v", size, err)
		}
		if err := e.Verify(); err != nil {
			t.Errorf("%d bytes of code: verify: %v", size, err)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}

// noise is what cannot be compressed.
func noise(size int) []byte {
	b := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{}).Read(b) // never fails
	return b
}

// TestChunksAreCompressedWhereThatSaves stores pieces of which one chunk can be
// compressed and another cannot.
func TestChunksAreCompressedWhereThatSaves(t *testing.T) {
	c := sample("module", 0)
	c.Code.Body = append(bytes.Repeat([]byte("code"), chunkSize/4), noise(chunkSize+7)...)
	b := bytes.Join(encode(t, c), nil)
	e, err := Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	body := e.body.chunks
	if len(body) != 3 || body[0].stored > chunkSize/100 || body[1].stored != chunkSize || body[2].stored != 7 {
		t.Errorf("chunks %+v, want one that is compressed and two that are not", body)
	}
	if err := errors.Join(e.Vouch(testKeyring), same(e, c)); err != nil {
		t.Error(err)
	}
}

// TestPromisedSizes refuses a head that promises more than what is stored can be
// unpacked to, before there is any memory for it.
func TestPromisedSizes(t *testing.T) {
	for _, test := range []struct {
		size, stored int
		want         bool
	}{
		{100, 100, true}, {100, 101, false}, {100, 1, true}, {100, 0, false}, {1000, 3, false}, {chunkSize, chunkSize / 250, true}, {0, 0, true},
	} {
		l := layout{parts: parts{skeleton: piece{size: int64(test.size), chunks: []chunk{{stored: test.stored, hash: make([]byte, hashSize)}}[:chunks(int64(test.size))]}}}
		if _, err := decodeManifest(l.encode()[headFixed:]); (err == nil) != test.want {
			t.Errorf("%d bytes in %d: %v", test.size, test.stored, err)
		}
	}
}

func TestEntryIsTheSameInMemory(t *testing.T) {
	c := sample("module", chunkSize+1)
	e, err := Parse(bytes.Join(encode(t, c), nil))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Skeleton(); !errors.Is(err, ErrUntrusted) {
		t.Errorf("before anybody vouches for it: %v, want ErrUntrusted", err)
	}
	if err := e.Vouch(testKeyring); err != nil {
		t.Fatal(err)
	}
	if err := same(e, c); err != nil {
		t.Error(err)
	}
}

func TestModes(t *testing.T) {
	s, _ := newStore(t, 0)
	c := sample("module", 1)
	put(t, s, c)
	unlock, err := s.Lock(c.Key)
	if err != nil {
		t.Fatal(err)
	}
	unlock()
	info, err := os.Stat(s.Dir())
	if err != nil || info.Mode().Perm() != 0o700 && !onWindows {
		t.Errorf("directory has mode %v, %v; want 0700", info.Mode(), err)
	}
	files, err := os.ReadDir(s.Dir())
	if err != nil || len(files) != 3 {
		t.Fatalf("files %v, %v; want an entry, a lock and the tag", files, err)
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 && !onWindows {
			t.Errorf("%s has mode %v, %v; want 0600", f.Name(), info.Mode(), err)
		}
	}
}

const onWindows = os.PathSeparator == '\\'

// TestDamageIsNeverHandedOut flips every byte of an entry in turn, cuts it off
// everywhere, and lets it go on: nothing of it is handed out, whether it is compressed
// as the code or as it is as the skeletons.
func TestDamageIsNeverHandedOut(t *testing.T) {
	c := sample("module", 100)
	c.Image = []Run{{0, []byte("image")}, {100, bytes.Repeat([]byte("compressed"), 20)}}
	good := bytes.Join(encode(t, c), nil)
	signature := int(headFixed) + int(binary.LittleEndian.Uint32(good[len(magic):])) + hashSize
	for i := range good {
		b := bytes.Clone(good)
		b[i] ^= 0x10
		e, err := Parse(b)
		if err == nil {
			err = e.Vouch(testKeyring)
		}
		if err == nil {
			err = e.Verify()
		}
		switch {
		case i >= signature && i < signature+ed25519.PublicKeySize+ed25519.SignatureSize:
			if err != nil {
				t.Fatalf("byte %d of a signature that there is none of: %v", i, err)
			}
		case !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrUntrusted):
			t.Fatalf("byte %d of %d flipped: %v, want ErrCorrupt or ErrUntrusted", i, len(good), err)
		}
	}
	for n := range good {
		if e, err := Parse(good[:n]); err == nil {
			t.Fatalf("cut off at %d: %v, want an error", n, e)
		}
	}
	if _, err := Parse(append(good, 0)); !errors.Is(err, ErrCorrupt) {
		t.Errorf("one byte more: %v, want ErrCorrupt", err)
	}
}

func TestDamagedEntryIsRemoved(t *testing.T) {
	for _, test := range []struct {
		name   string
		damage func(path string) error
	}{
		{"manifest", func(path string) error { return flip(path, 20) }},
		{"truncated", func(path string) error { return os.Truncate(path, 100) }},
		{"empty", func(path string) error { return os.Truncate(path, 0) }},
		{"another module's", func(path string) error {
			return os.WriteFile(path, bytes.Join(encode(t, sample("other", 1)), nil), 0o600)
		}},
	} {
		s, _ := newStore(t, 0)
		var said []string
		s.Debug = func(text string) { said = append(said, text) }
		c := sample("module", 1)
		put(t, s, c)
		if err := test.damage(s.path(c.Key)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Get(c.Key); !errors.Is(err, ErrNone) || !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrUntrusted) {
			t.Errorf("%s: get: %v, want ErrNone and why", test.name, err)
		}
		if _, err := os.Stat(s.path(c.Key)); !os.IsNotExist(err) {
			t.Errorf("%s: the entry is still there: %v", test.name, err)
		}
		if len(said) != 1 || !strings.Contains(said[0], c.Key.String()) {
			t.Errorf("%s: said %q, want one line with the key", test.name, said)
		}
		put(t, s, c)
		if e, err := s.Get(c.Key); err != nil {
			t.Errorf("%s: get of the entry made anew: %v", test.name, err)
		} else {
			e.Close()
		}
	}
}

// flip changes the byte at offset at of the file, from the end if it is negative.
func flip(path string, at int) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if at < 0 {
		at += len(b)
	}
	b[at] ^= 1
	return os.WriteFile(path, b, 0o600)
}

// TestCodeIsVerifiedWhereItIsRead damages the code behind the manifest's back: the
// reader fails, in one piece as in several.
func TestCodeIsVerifiedWhereItIsRead(t *testing.T) {
	s, _ := newStore(t, 0)
	c := sample("module", 3*chunkSize)
	put(t, s, c)
	if err := flip(s.path(c.Key), -1); err != nil {
		t.Fatal(err)
	}
	e, err := s.Get(c.Key)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for _, size := range []int{len(c.Code.Body), 1000} {
		r, err := e.Code()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(r, make([]byte, len(c.Code.Before))); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(r, make([]byte, size)); !errors.Is(err, ErrCorrupt) {
			t.Errorf("read %d bytes of damaged code: %v, want ErrCorrupt", size, err)
		}
		if n, err := r.Read(make([]byte, 1)); n != 0 || err == nil {
			t.Errorf("read on: %d bytes, %v; want an error", n, err)
		}
	}
	if err := s.Check(File{Key: c.Key.String(), path: s.path(c.Key)}); !errors.Is(err, ErrCorrupt) {
		t.Errorf("check: %v, want ErrCorrupt", err)
	}
}

func TestUnwritableDirectoryIsAnError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := New(filepath.Join(file, "cache"), Options{})
	if err := s.Put(sample("module", 1)); err == nil {
		t.Error("put below a file succeeds")
	}
	if _, err := s.Lock(Key{}); err == nil {
		t.Error("lock below a file succeeds")
	}
	if _, err := s.Get(Key{}); !errors.Is(err, ErrNone) {
		t.Errorf("get below a file: %v, want ErrNone", err)
	}
}

func TestKeysDependOnEveryPart(t *testing.T) {
	seen := map[Key]string{}
	for _, test := range []struct {
		plan, module string
	}{
		{"", ""}, {"", "a"}, {"a", ""}, {"a", "a"}, {"ab", ""}, {"", "ab"}, {"b", "a"},
	} {
		k := KeyOf([]byte(test.plan), DigestOf([]byte(test.module)))
		text := fmt.Sprintf("%q", test)
		if other, ok := seen[k]; ok {
			t.Errorf("%s and %s have the same key", text, other)
		}
		seen[k] = text
		read, err := DigestAt(strings.NewReader(test.module), int64(len(test.module)))
		if err != nil || KeyOf([]byte(test.plan), read) != k {
			t.Errorf("%s: read from a stream, the module has another digest, %v", text, err)
		}
	}
}
