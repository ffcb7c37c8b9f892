package crypto

import (
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// directory is a vault that lasts: a directory for each identifier, in hexadecimal, and in it a
// file for each version, NUMBER.key, and NUMBER.revoked for one that is no longer. What is written
// is for its owner only. It is written under another name and then linked, so that it is there
// whole or not at all, and that of two processes one is first.
type directory struct{ dir string }

const (
	keySuffix     = ".key"
	revokedSuffix = ".revoked"
	maxKeyFile    = 4 * maxEncoding
)

func (v *directory) of(id identifier) string { return filepath.Join(v.dir, hex.EncodeToString(id[:])) }

func (v *directory) file(id identifier, n uint64, suffix string) string {
	return filepath.Join(v.of(id), strconv.FormatUint(n, 10)+suffix)
}

func (v *directory) versions(id identifier) ([]version, Errno) {
	entries, err := os.ReadDir(v.of(id))
	if err != nil {
		return nil, vaultErrno(err, success)
	}
	given := map[uint64]bool{}
	for _, e := range entries {
		number, suffix, _ := strings.Cut(e.Name(), ".")
		n, err := strconv.ParseUint(number, 10, 64)
		if err == nil && ("."+suffix == keySuffix || "."+suffix == revokedSuffix) {
			given[n] = given[n] || "."+suffix == revokedSuffix
		}
	}
	var list []version
	for n, revoked := range given {
		list = append(list, version{n, revoked})
	}
	return list, success
}

func (v *directory) read(id identifier, n uint64) ([]byte, Errno) {
	return readKey(v.file(id, n, keySuffix))
}

// readKey reads a file that is not larger than what is written here.
func readKey(name string) ([]byte, Errno) {
	f, err := os.Open(name)
	if err != nil {
		return nil, vaultErrno(err, notFound)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxKeyFile))
	return b, vaultErrno(err, notFound)
}

func (v *directory) add(id identifier, n uint64, data []byte) (bool, Errno) {
	if _, err := os.Stat(v.file(id, n, revokedSuffix)); err == nil {
		return false, success
	}
	return create(v.file(id, n, keySuffix), data)
}

func (v *directory) revoke(id identifier, n uint64) Errno {
	if _, e := create(v.file(id, n, revokedSuffix), nil); e != success {
		return e
	}
	return vaultErrno(os.Remove(v.file(id, n, keySuffix)), success)
}

func (v *directory) forget(id identifier) Errno { return vaultErrno(os.RemoveAll(v.of(id)), notFound) }

func (v *directory) key(fresh []byte) ([]byte, Errno) {
	name := filepath.Join(v.dir, encapsulationID+keySuffix)
	if b, e := readKey(name); e != notFound {
		return b, e
	}
	if _, e := create(name, fresh); e != success {
		return nil, e
	}
	return readKey(name) // another process may have been first
}

func (v *directory) close() {}

// create writes a file that is not there yet, and reports false if it is.
func create(name string, data []byte) (bool, Errno) {
	dir := filepath.Dir(name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return false, vaultErrno(err, internalError)
	}
	f, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return false, vaultErrno(err, internalError)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return false, vaultErrno(err, internalError)
	}
	err = os.Link(f.Name(), name)
	if errors.Is(err, fs.ErrExist) {
		return false, success
	}
	return err == nil, vaultErrno(err, internalError)
}

// vaultErrno is what a guest is told of err. absent is what it is told of a file that is not there.
func vaultErrno(err error, absent Errno) Errno {
	switch {
	case err == nil:
		return success
	case errors.Is(err, fs.ErrNotExist):
		return absent
	case errors.Is(err, fs.ErrPermission):
		return prohibitedOperation
	}
	return internalError
}
