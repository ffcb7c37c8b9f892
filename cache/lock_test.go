//go:build unix

package cache

import "testing"

// TestClaims states that what has been claimed cannot be claimed until it is released, whoever waits for the lock.
func TestClaims(t *testing.T) {
	s, _ := newStore(t, 0)
	put(t, s, sample("a", 1))
	unlock, err := s.Lock(Key{})
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	for range 2 {
		if s.Claimed(Key{}) {
			t.Error("claimed by nobody")
		}
		release, ok := s.Claim(Key{})
		if !ok {
			t.Fatal("nobody has claimed it, and it cannot be claimed")
		}
		if _, ok := s.Claim(Key{}); ok || !s.Claimed(Key{}) {
			t.Error("claimed twice")
		}
		other, ok := s.Claim(Key{1})
		if !ok {
			t.Fatal("another key cannot be claimed")
		}
		other()
		release()
	}
}
