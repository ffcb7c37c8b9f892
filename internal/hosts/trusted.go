package hosts

import (
	"os"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/compat/logline"
	"github.com/wazedge/wazedge/hostfuncs/wasi"
)

// Trusted is what decides which code is executed, and the keys that guests have managed; each
// may be absent.
type Trusted struct {
	Keys       *cache.Keyring
	Cache      *cache.Store
	CryptoKeys string // the directory of wasi-crypto's keys
	Log        *logline.Logger
}

// CloseTrust keeps the guest of e from t: the keyring, which is made first if it is not
// there, lest the guest do it, the cache, and the keys that wasi-crypto keeps.
func CloseTrust(e *wasi.Environment, t Trusted) {
	if t.Keys != nil {
		if err := t.Keys.Make(); err != nil {
			t.Log.Debug("cache: " + err.Error())
		}
		e.Closed = append(e.Closed, t.Keys.Dir())
		e.ClosedFiles = t.Keys.Files()
	}
	if t.CryptoKeys != "" {
		if err := os.MkdirAll(t.CryptoKeys, 0o700); err != nil {
			t.Log.Error("wasi-crypto: " + err.Error())
		}
		e.Closed = append(e.Closed, t.CryptoKeys)
	}
	if t.Cache != nil {
		e.Closed = append(e.Closed, t.Cache.Dir())
	}
}
