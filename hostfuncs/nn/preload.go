package nn

import (
	"fmt"
	"strings"
)

// Preload is a model that the operator has guests find by its name.
type Preload struct {
	Name     string
	Encoding Encoding
	Device   Device
	Paths    []string // files, or what else the backend takes

	known bool // there are such a backend and such a device
}

// ParsePreload reads NAME:BACKEND:DEVICE:PATH, in which there may be several paths. The
// error says what is wrong with it; a guest does not find such a model.
func ParsePreload(text string) (Preload, error) {
	part := strings.SplitN(text, ":", 4)
	for len(part) < 4 {
		part = append(part, "")
	}
	p := Preload{Name: part[0]}
	encoding, ok := encodingOf(part[1])
	if !ok {
		return p, fmt.Errorf("no backend %q", part[1])
	}
	device, ok := deviceOf(part[2])
	if !ok {
		return p, fmt.Errorf("no device %q", part[2])
	}
	p.Encoding, p.Device, p.known = encoding, device, true
	if p.Paths = paths(p.Encoding, part[3]); len(p.Paths) == 0 {
		return p, fmt.Errorf("no path")
	}
	return p, nil
}

func encodingOf(name string) (Encoding, bool) {
	if strings.EqualFold(name, "pytorchaoti") {
		return PyTorch, true
	}
	for i, n := range encodings() {
		if n != "" && strings.EqualFold(name, n) {
			return Encoding(i), true
		}
	}
	return 0, false
}

func deviceOf(name string) (Device, bool) {
	for d := CPU; d <= Auto; d++ {
		if strings.EqualFold(name, d.String()) {
			return d, true
		}
	}
	return 0, false
}

// paths parts a list at its colons, but for those that are no separators: in GGML's one path,
// and behind the letter of a drive.
func paths(e Encoding, text string) []string {
	switch {
	case text == "":
		return nil
	case e == GGML || e == BitNet:
		return []string{text}
	}
	var list []string
	for _, p := range strings.Split(text, ":") {
		if n := len(list); n > 0 && isDrive(list[n-1]) && strings.HasPrefix(p, `\`) {
			list[n-1] += ":" + p
			continue
		}
		list = append(list, p)
	}
	return list
}

func isDrive(s string) bool { return len(s) == 1 && s[0]|0x20 >= 'a' && s[0]|0x20 <= 'z' }

// files are the files that p is read from by the host.
func (p *Preload) files() []string {
	if p.Encoding == GGML || p.Encoding == BitNet {
		return nil
	}
	return p.Paths
}
