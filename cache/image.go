package cache

// Image is what a linear memory begins with. It has been verified.
type Image struct {
	entry *Entry
	runs  [][]byte
	free  []func()
}

// Image reads what linear memory begins with; it is nil where the skeleton says
// all of it. Its owner calls [Image.Close].
func (e *Entry) Image() (*Image, error) {
	if len(e.image) == 0 {
		return nil, nil
	}
	m := &Image{entry: e}
	for i := range e.image {
		p := &e.image[i]
		b, free := []byte(nil), func() {}
		if e.file != nil {
			b, free = mapView(e.file, p.at, p.size)
		}
		var err error
		if b != nil {
			err = p.verify(b, "memory")
		} else {
			b, err = e.read(p, "memory")
		}
		m.runs, m.free = append(m.runs, b), append(m.free, free)
		if err != nil {
			m.Close()
			return nil, err
		}
	}
	return m, nil
}

// Place makes the image the contents of memory, which is zero so far; mapped
// says that memory is not the Go runtime's. It reports whether there is room.
func (m *Image) Place(memory []byte, mapped bool) bool {
	for i, b := range m.runs {
		at := m.entry.places[i]
		if at > int64(len(memory)) || int64(len(b)) > int64(len(memory))-at {
			return false
		}
		to := memory[at:][:len(b)]
		if !mapped || m.entry.file == nil || !mapMemory(to, m.entry.file, m.entry.image[i].at) {
			copy(to, b)
		}
	}
	return true
}

// Close releases what the image was read to.
func (m *Image) Close() {
	for _, f := range m.free {
		f()
	}
	m.runs, m.free = nil, nil
}
