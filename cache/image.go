package cache

// Image is what a linear memory begins with, in memory of this process. It has been
// verified.
type Image struct {
	places []int64
	runs   []buffer
}

// Image reads what linear memory begins with; it is nil where the skeleton says
// all of it. Its owner calls [Image.Close].
func (e *Entry) Image() (*Image, error) {
	if len(e.image) == 0 {
		return nil, nil
	}
	if !e.vouched {
		return nil, ErrUntrusted
	}
	m := &Image{places: e.places}
	for i := range e.image {
		p := &e.image[i]
		b := newBuffer(p.size)
		m.runs = append(m.runs, b)
		if err := p.read(b.bytes, e.source, "memory"); err != nil {
			m.Close()
			return nil, err
		}
	}
	return m, nil
}

// Place makes the image the contents of memory, which is zero so far; mapped
// says that memory is not the Go runtime's. It reports whether there is room. It is
// called once.
func (m *Image) Place(memory []byte, mapped bool) bool {
	for i := range m.runs {
		b, at := &m.runs[i], m.places[i]
		if at > int64(len(memory)) || int64(len(b.bytes)) > int64(len(memory))-at {
			return false
		}
		to := memory[at:][:len(b.bytes)]
		if !mapped || !b.move(to) {
			copy(to, b.bytes)
		}
	}
	return true
}

// Close releases what the image was read to.
func (m *Image) Close() {
	for i := range m.runs {
		m.runs[i].free()
	}
	m.runs = nil
}
