package crypto

import "sync"

// memory is a vault that is forgotten with its host.
type memory struct {
	host *Host
	mu   sync.Mutex
	kept map[identifier]map[uint64][]byte // nil for what is revoked
	kek  []byte
}

// recordSize is about what a version takes beside its data.
const recordSize = 256

func (v *memory) versions(id identifier) ([]version, Errno) {
	v.mu.Lock()
	defer v.mu.Unlock()
	var list []version
	for n, data := range v.kept[id] {
		list = append(list, version{n, data == nil})
	}
	return list, success
}

func (v *memory) read(id identifier, n uint64) ([]byte, Errno) {
	v.mu.Lock()
	defer v.mu.Unlock()
	data := v.kept[id][n]
	if data == nil {
		return nil, notFound
	}
	return append([]byte(nil), data...), success
}

func (v *memory) add(id identifier, n uint64, data []byte) (bool, Errno) {
	if !v.host.take(int64(len(data) + recordSize)) {
		return false, overflow
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	of := v.kept[id]
	if _, given := of[n]; given {
		v.host.give(int64(len(data) + recordSize))
		return false, success
	}
	if of == nil {
		of = map[uint64][]byte{}
		if v.kept == nil {
			v.kept = map[identifier]map[uint64][]byte{}
		}
		v.kept[id] = of
	}
	of[n] = append([]byte{}, data...)
	return true, success
}

func (v *memory) revoke(id identifier, n uint64) Errno {
	v.mu.Lock()
	defer v.mu.Unlock()
	data := v.kept[id][n]
	if data == nil {
		return notFound
	}
	clear(data)
	v.host.give(int64(len(data)))
	v.kept[id][n] = nil
	return success
}

func (v *memory) forget(id identifier) Errno {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, data := range v.kept[id] {
		clear(data)
		v.host.give(int64(len(data) + recordSize))
	}
	delete(v.kept, id)
	return success
}

func (v *memory) key(fresh []byte) ([]byte, Errno) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.kek == nil {
		v.kek = append([]byte(nil), fresh...)
	}
	return append([]byte(nil), v.kek...), success
}

func (v *memory) close() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, versions := range v.kept {
		for _, data := range versions {
			clear(data)
			v.host.give(int64(len(data) + recordSize))
		}
	}
	clear(v.kek)
	v.kept, v.kek = nil, nil
}
