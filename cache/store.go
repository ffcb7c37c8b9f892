package cache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// Store is a directory of entries.
type Store struct {
	// Debug, if not nil, is told of entries that are removed, and why.
	Debug func(string)

	dir     string
	keyring *Keyring
	limit   int64            // most bytes of all entries; 0 for no limit
	now     func() time.Time // the clock of eviction

	existing bool
}

// Options are those of a [Store].
type Options struct {
	Keyring *Keyring         // of the user whose store it is; nil keeps nothing
	Limit   int64            // most bytes of all entries together; 0 for no limit
	Now     func() time.Time // nil for time.Now

	// Existing leaves it to others to make the store's directory and the user's secret: where one
	// is gone, nothing is kept. It is for what works behind those that have asked for it, who may have
	// removed both since.
	Existing bool
}

// DefaultLimit is how many bytes a store holds unless told otherwise: 2 GiB.
const DefaultLimit = 2 << 30

// DefaultDir is where the user's entries are: below the platform's directory for
// caches, or an error if the environment does not tell.
func DefaultDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err == nil && !filepath.IsAbs(dir) {
		err = errRelative
	}
	if err != nil {
		return "", fmt.Errorf("find the directory for caches: %w", err)
	}
	return filepath.Join(dir, "wazedge"), nil
}

// New is the store in dir, which need not exist.
func New(dir string, o Options) *Store {
	s := &Store{dir: dir, keyring: o.Keyring, limit: o.Limit, now: o.Now, existing: o.Existing}
	if s.now == nil {
		s.now = time.Now
	}
	return s
}

// Dir is the store's directory.
func (s *Store) Dir() string { return s.dir }

// Limit is how many bytes the store holds at most; 0 for no limit.
func (s *Store) Limit() int64 { return s.limit }

// ErrNone is the error of Get where there is no entry.
var ErrNone = errors.New("no cache entry")

const suffix = ".entry"

func (s *Store) path(k Key) string { return filepath.Join(s.dir, k.String()+suffix) }

// Get opens the entry of k, whose Close is the caller's. The error is ErrNone, or
// wraps it, where there is none that can be used.
func (s *Store) Get(k Key) (*Entry, error) {
	path := s.path(k)
	e, err := s.open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNone
	}
	if err == nil && e.key != k {
		e.Close()
		err = corrupt("under another key")
	}
	if errors.Is(err, ErrCorrupt) || errors.Is(err, ErrUntrusted) {
		s.Remove(k, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNone, err)
	}
	s.touch(path)
	return e, nil
}

// Has reports whether there is something in the place of k's entry, be it good or not.
func (s *Store) Has(k Key) bool {
	_, err := os.Lstat(s.path(k))
	return err == nil
}

// open opens an entry's file, if it is one that this user has written.
func (s *Store) open(path string) (*Entry, error) {
	f, err := openOwn(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil {
		var e *Entry
		if e, err = ParseAt(f, info.Size()); err == nil {
			e.file = f
			if err = e.Vouch(s.keyring); err == nil {
				return e, nil
			}
		}
	}
	f.Close()
	return nil, err
}

// touchAfter is how old the mark of use may become: less would cost a write at
// every start.
const touchAfter = time.Hour

// touch marks the file as used now.
func (s *Store) touch(path string) {
	now := s.now()
	if info, err := os.Stat(path); err == nil && now.Sub(info.ModTime()) > touchAfter {
		_ = os.Chtimes(path, now, now) // a store that cannot be written evicts nothing either
	}
}

// Remove drops the entry of k for a reason.
func (s *Store) Remove(k Key, why error) {
	if s.Debug != nil {
		s.Debug(fmt.Sprintf("cache: entry %s removed: %v", k, why))
	}
	_ = os.Remove(s.path(k)) // where it cannot be removed it will not verify next time either
}

// Prepare makes what a store needs to keep entries, its directory and the user's secret, or reports why
// it cannot.
func (s *Store) Prepare() error {
	if err := s.makeSecret(); err != nil {
		return err
	}
	return s.makeDir()
}

// makeSecret makes the user's secret if there is none.
func (s *Store) makeSecret() error {
	if s.keyring == nil {
		return ErrNoSecret
	}
	if !s.existing {
		_, err := s.keyring.make()
		return err
	}
	if err := s.keyring.Check(); err != nil {
		return fmt.Errorf("%w: %w", ErrNoSecret, err)
	}
	return nil
}

// Put writes an entry. It appears whole or not at all.
func (s *Store) Put(c *Contents) error {
	if err := s.makeSecret(); err != nil {
		return err
	}
	pieces, err := c.encode(Sealer{Keyring: s.keyring}, packFast)
	if err != nil {
		return err
	}
	if size := total(pieces); s.limit > 0 && size > s.limit {
		return fmt.Errorf("an entry of %d bytes is larger than the cache may be", size)
	}
	if err := s.makeDir(); err != nil {
		return err
	}
	err = writeOwn(s.dir, s.path(c.Key), pieces)
	runtime.KeepAlive(c)
	if err != nil {
		return err
	}
	if s.limit > 0 {
		s.evict(c.Key)
	}
	return nil
}

// total is how many bytes pieces have.
func total(pieces [][]byte) (n int64) {
	for _, p := range pieces {
		n += int64(len(p))
	}
	return n
}

// makeDir makes the store's directory, for this user only.
func (s *Store) makeDir() error {
	if s.existing {
		return ownDir(s.dir)
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	if err := ownDir(s.dir); err != nil {
		return err
	}
	return s.tag()
}

// writeOwn writes pieces to path, by way of a temporary file in dir.
func writeOwn(dir, path string, pieces [][]byte) error {
	name, err := writeTemporary(dir, pieces)
	if err != nil {
		return err
	}
	if err := os.Rename(name, path); err != nil {
		_ = os.Remove(name)
		return err
	}
	return nil
}

// writeTemporary writes pieces to a new file in dir, for this user alone.
func writeTemporary(dir string, pieces [][]byte) (name string, err error) {
	f, err := os.CreateTemp(dir, temporary+"*") // with mode 0600
	if err != nil {
		return "", err
	}
	for _, p := range pieces {
		if err == nil {
			_, err = f.Write(p)
		}
	}
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

// makeOwnDir makes the directory dir for this user only, and reports why somebody else
// may decide what is in it.
func makeOwnDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return ownPath(dir)
}

// temporary begins the names of files that are being written.
const temporary = "tmp-"
