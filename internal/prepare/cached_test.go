package prepare

import (
	"testing"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/internal/native"
)

// TestOptimizedCodeIsLookedForFirst states that there may be optimized code of a module where the cache has some, be it for guard
// pages or not, and else not: guard pages are not tried then.
func TestOptimizedCodeIsLookedForFirst(t *testing.T) {
	if !native.Available() {
		t.Skip("no optimizing compiler here")
	}
	module := cache.DigestOf([]byte("module"))
	for name, tc := range map[string]struct{ kept, guards bool }{
		"guarded code": {kept: true, guards: true},
		"code without": {kept: true},
		"none":         {},
	} {
		dir := t.TempDir()
		o := Options{Optimized: true, Guards: true, Cache: cache.New(dir+"/cache", cache.Options{Keyring: cache.NewKeyring(dir+"/trust", nil)})}
		if tc.kept {
			key, _ := o.optimizing(true).plan(false, tc.guards).Key(module)
			if err := o.Cache.Put(&cache.Contents{Key: key, Code: cache.Artifact{Body: []byte("code")}}); err != nil {
				t.Fatal(err)
			}
		}
		if _, ok := o.betterKey(module); ok != tc.kept {
			t.Errorf("%s: %v", name, !tc.kept)
		}
	}
}
