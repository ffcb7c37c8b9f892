package cache

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// names are the names of the modules whose entries s has, the least recently used
// first.
func names(t *testing.T, s *Store) []string {
	t.Helper()
	files, err := s.List()
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, f := range files {
		e, err := s.Open(f)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, e.Name)
		e.Close()
	}
	return list
}

// used sets when an entry was used last.
func used(t *testing.T, s *Store, c *Contents, when time.Time) {
	t.Helper()
	if err := os.Chtimes(s.path(c.Key), when, when); err != nil {
		t.Fatal(err)
	}
}

func TestLeastRecentlyUsedGoesFirst(t *testing.T) {
	a, b, c, d := sample("a", 100), sample("b", 100), sample("c", 100), sample("d", 100)
	size := total(encode(t, a))
	s, now := newStore(t, 3*size)
	for i, entry := range []*Contents{a, b, c} {
		put(t, s, entry)
		used(t, s, entry, now.Add(time.Duration(i-10)*time.Hour))
	}
	e, err := s.Get(a.Key) // which uses it
	if err != nil {
		t.Fatal(err)
	}
	e.Close()
	put(t, s, d)
	if got, want := names(t, s), []string{"c", "a", "d"}; !sameSet(got, want) {
		t.Errorf("entries %q, want %q", got, want)
	}
}

func sameSet(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

func TestWhatIsInUseIsNotEvicted(t *testing.T) {
	if onWindows {
		t.Skip("an open file cannot be removed there anyway")
	}
	a, b := sample("a", 100), sample("b", 100)
	s, now := newStore(t, total(encode(t, a))+100)
	put(t, s, a)
	used(t, s, a, now.Add(-time.Hour))
	e, err := s.Get(a.Key)
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, b)
	if got, want := names(t, s), []string{"a", "b"}; !sameSet(got, want) {
		t.Errorf("entries %q while the first is in use, want %q", got, want)
	}
	if p, err := s.Prune(0); err != nil || p.Files != 1 {
		t.Errorf("prune while the first is in use: %v, %v; want one file", p, err)
	}
	if err := same(e, a); err != nil {
		t.Error(err)
	}
	e.Close()
	put(t, s, b)
	if got, want := names(t, s), []string{"b"}; !sameSet(got, want) {
		t.Errorf("entries %q, want %q", got, want)
	}
}

func TestPruneRemovesLeftoversAndDamage(t *testing.T) {
	s, now := newStore(t, 0)
	good, bad := sample("good", 100), sample("bad", 100)
	put(t, s, good)
	put(t, s, bad)
	if err := flip(s.path(bad.Key), -1); err != nil {
		t.Fatal(err)
	}
	old, young := filepath.Join(s.Dir(), temporary+"1"), filepath.Join(s.Dir(), temporary+"2")
	for _, path := range []string{old, young} {
		if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	when := now.Add(-staleAfter - time.Minute)
	if err := errors.Join(os.Chtimes(old, when, when), os.Chtimes(young, *now, *now)); err != nil {
		t.Fatal(err)
	}
	p, err := s.Prune(1 << 30)
	if err != nil || p.Files != 2 {
		t.Errorf("pruned %v, %v; want two files", p, err)
	}
	if got := names(t, s); !sameSet(got, []string{"good"}) {
		t.Errorf("entries %q, want the good one", got)
	}
	if _, err := os.Stat(old); !os.IsNotExist(err) {
		t.Errorf("a temporary file of yesterday is still there: %v", err)
	}
	if _, err := os.Stat(young); err != nil {
		t.Errorf("a temporary file of now: %v", err)
	}
	if p, err := s.Prune(0); err != nil || p.Files != 1 {
		t.Errorf("pruned to nothing: %v, %v; want one file", p, err)
	}
}

func TestClearRemovesEverything(t *testing.T) {
	s, _ := newStore(t, 0)
	put(t, s, sample("a", 1))
	unlock, err := s.Lock(Key{})
	if err != nil {
		t.Fatal(err)
	}
	unlock()
	release, ok := s.Claim(Key{})
	if !ok {
		t.Fatal("nobody has claimed it, and it cannot be claimed")
	}
	release()
	foreign := filepath.Join(s.Dir(), "notes.txt")
	if err := os.WriteFile(foreign, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Clear(); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(s.Dir())
	if err != nil || len(files) != 2 || files[0].Name() != tagFile || files[1].Name() != "notes.txt" {
		t.Errorf("left %v, %v; want the tag and the file that is not the store's", files, err)
	}
	if p, err := New(filepath.Join(t.TempDir(), "none"), Options{}).Clear(); err != nil || p.Files != 0 {
		t.Errorf("clear of nothing: %v, %v", p, err)
	}
}

func TestUseIsMarkedOncePerHour(t *testing.T) {
	s, now := newStore(t, 0)
	c := sample("a", 1)
	put(t, s, c)
	for _, test := range []struct {
		before time.Duration
		marked bool
	}{{30 * time.Minute, false}, {2 * time.Hour, true}} {
		used(t, s, c, now.Add(-test.before))
		e, err := s.Get(c.Key)
		if err != nil {
			t.Fatal(err)
		}
		e.Close()
		info, err := os.Stat(s.path(c.Key))
		if err != nil {
			t.Fatal(err)
		}
		if marked := now.Sub(info.ModTime()) < time.Minute; marked != test.marked {
			t.Errorf("used %v before: marked %v, want %v", test.before, marked, test.marked)
		}
	}
}

// TestOthersFilesAreNotRemoved clears and prunes a directory that is no store, and one
// that somebody else uses too.
func TestOthersFilesAreNotRemoved(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	if err := os.Mkdir(dir, 0o700); err != nil { // nobody else's, whatever the umask is
		t.Fatal(err)
	}
	old := time.Now().Add(-48 * time.Hour)
	names := []string{"notes.entry", "tmp-notes", "lock-file", "lock-zz", "a.entry", "tmp-"}
	for _, name := range names {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.WriteFile(path, nil, 0o600), os.Chtimes(path, old, old)); err != nil {
			t.Fatal(err)
		}
	}
	s := New(dir, Options{Keyring: testKeyring, Limit: 1 << 30})
	for round := range 2 {
		_, cleared := s.Clear()
		_, pruned := s.Prune(0)
		if refused := errors.Is(cleared, ErrNoStore) && errors.Is(pruned, ErrNoStore); refused != (round == 0) {
			t.Errorf("round %d: clear: %v, prune: %v", round, cleared, pruned)
		}
		for _, name := range names {
			if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
				t.Errorf("round %d: %v", round, err)
			}
		}
		put(t, s, sample("module", 1)) // which makes it a store
	}
}

// TestBoundHoldsForWhatIsWritten puts an entry that is larger than the bound.
func TestBoundHoldsForWhatIsWritten(t *testing.T) {
	c := sample("module", 1000)
	s, _ := newStore(t, total(encode(t, c))-1)
	if err := s.Put(c); err == nil {
		t.Error("an entry larger than the bound is put")
	}
	if files, err := s.List(); err != nil || len(files) != 0 {
		t.Errorf("%v, %v; want no entry", files, err)
	}
}
