package crypto

import (
	"crypto/rand"
	"encoding/json"
	"slices"
)

// Versions of a managed key that are none: its latest, and all.
const (
	latestVersion   uint64 = 0xff00000000000001
	allVersions     uint64 = 0xff00000000000002
	firstVersion    uint64 = 1
	maxVersions            = 1 << 10
	identifierSize         = 16
	encapsulationID        = "encapsulation"
)

// identifier is what a guest knows a managed key by: random bytes.
type identifier [identifierSize]byte

// vault keeps what is managed, by identifiers and versions. Its methods may be called by several
// threads and, if it is a directory, by several processes at once.
type vault interface {
	// versions are the numbers given so far, in no order, and which of them are revoked.
	versions(id identifier) ([]version, Errno)
	read(id identifier, n uint64) ([]byte, Errno)
	// add keeps data as version n, which it reports false for if it has been given.
	add(id identifier, n uint64, data []byte) (fresh bool, e Errno)
	// revoke forgets version n, whose number stays given.
	revoke(id identifier, n uint64) Errno
	// forget forgets all of id.
	forget(id identifier) Errno
	// key is the one that external secrets are encrypted with: fresh, if there is none yet.
	key(fresh []byte) ([]byte, Errno)
	close()
}

type version struct {
	number  uint64
	revoked bool
}

// record is what a vault keeps: a key or an external secret.
type record struct {
	Sort      string `json:"sort"`
	Use       use    `json:"use,omitempty"`
	Algorithm string `json:"algorithm,omitempty"`
	Expires   uint64 `json:"expires,omitempty"` // in seconds since 1970
	Secret    []byte `json:"secret"`
}

// The sorts of records.
const (
	keypairRecord   = "key pair"
	symmetricRecord = "symmetric key"
	secretRecord    = "external secret"
)

// store keeps r as the first version under a new identifier.
func (h *Host) store(r record) (id identifier, e Errno) {
	rand.Read(id[:])
	_, e = h.append(id, r, []version{})
	return id, e
}

// replace keeps r as the next version of id, of which there is to be one.
func (h *Host) replace(id identifier, r record) (uint64, Errno) {
	if _, _, e := h.load(id, latestVersion, r.Sort); e != success && e != expired {
		return 0, e
	}
	for {
		given, e := h.vault.versions(id)
		if e != success {
			return 0, e
		}
		if n, e := h.append(id, r, given); n != 0 || e != success {
			return n, e
		}
	}
}

// append keeps r behind the versions that have been given. The number is 0 if another was faster.
func (h *Host) append(id identifier, r record, given []version) (uint64, Errno) {
	if len(r.Secret) > maxEncoding || len(given) >= maxVersions {
		return 0, overflow
	}
	n := firstVersion
	for _, v := range given {
		n = max(n, v.number+1)
	}
	data, err := json.Marshal(r)
	if err != nil {
		return 0, internalError
	}
	defer clear(data)
	fresh, e := h.vault.add(id, n, data)
	if !fresh {
		return 0, e
	}
	return n, e
}

// load is version n of id, or the latest, which is to be of a sort, and its number. What has
// expired is returned all the same.
func (h *Host) load(id identifier, n uint64, sort string) (r record, _ uint64, e Errno) {
	n, e = h.exact(id, n)
	if e != success {
		return r, 0, e
	}
	data, e := h.vault.read(id, n)
	if e != success {
		return r, 0, e
	}
	defer clear(data)
	if json.Unmarshal(data, &r) != nil {
		return r, 0, internalError
	}
	if r.Sort != sort {
		return r, 0, notFound
	}
	if h.past(r.Expires) {
		return r, n, expired
	}
	return r, n, success
}

// exact is the number of version n of id, which may be the latest.
func (h *Host) exact(id identifier, n uint64) (uint64, Errno) {
	given, e := h.vault.versions(id)
	if e != success {
		return 0, e
	}
	given = slices.DeleteFunc(given, func(v version) bool { return v.revoked || n != latestVersion && v.number != n })
	if len(given) == 0 {
		return 0, notFound
	}
	latest := uint64(0)
	for _, v := range given {
		latest = max(latest, v.number)
	}
	return latest, success
}

// invalidate forgets version n of id, its latest or all.
func (h *Host) invalidate(id identifier, n uint64) Errno {
	if n != allVersions {
		n, e := h.exact(id, n)
		if e != success {
			return e
		}
		return h.vault.revoke(id, n)
	}
	if _, e := h.exact(id, latestVersion); e != success {
		return e
	}
	return h.vault.forget(id)
}

// past reports whether a time in seconds, if it is one, has come.
func (h *Host) past(expires uint64) bool {
	return expires != 0 && uint64(max(h.now().Unix(), 0)) >= expires
}
