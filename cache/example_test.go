package cache_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/wazedge/wazedge/cache"
)

func Example() {
	dir, err := os.MkdirTemp("", "cache")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	store := cache.New(filepath.Join(dir, "cache"), cache.Options{Keyring: cache.NewKeyring(filepath.Join(dir, "trust"), nil), Limit: cache.DefaultLimit})
	module, plan := []byte("\x00asm\x01\x00\x00\x00"), []byte("engine 1, linux/amd64")
	key := cache.KeyOf(plan, cache.DigestOf(module))

	if _, err := store.Get(key); err != nil {
		fmt.Println(err)
	}
	err = store.Put(&cache.Contents{
		Key: key, Skeleton: module,
		Code: cache.Artifact{Body: []byte("machine code")},
	})
	if err != nil {
		panic(err)
	}
	entry, err := store.Get(key)
	if err != nil {
		panic(err)
	}
	defer entry.Close()
	fmt.Println(entry.HasSkeleton(), entry.Verify())
	// Output:
	// no cache entry
	// true <nil>
}
