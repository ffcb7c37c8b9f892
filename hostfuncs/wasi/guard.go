package wasi

import (
	"path/filepath"
	"strings"
)

// base is where a path starts: a directory, and who keeps watch below it, if there is
// anything that guests must not get to.
type base struct {
	file  handle
	guard *guard
}

// from is where paths that start from d start.
func (d *descriptor) from() base { return base{d.file, d.guard} }

// guardedBy is d, below which g refuses what it knows; nil knows nothing.
func (d *descriptor) guardedBy(g *guard) *descriptor {
	d.guard = g
	return d
}

// closed are directories that a guest must not get to by the paths of UNIX sockets,
// which begin where those of the host do.
type closed []string

// holds reports why a guest must not make, or reach, a UNIX socket at a: EACCES, if
// that is in one of the directories by any name.
func (c closed) holds(a *address) error {
	path, _, _ := strings.Cut(string(a.path[:]), "\x00")
	if path == "" || len(c) == 0 {
		return nil // none, or one of the names without files
	}
	paths := []string{path}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		paths = append(paths, real)
	}
	g := newGuard(c)
	for _, path := range paths {
		dir, err := openHostDirectory(filepath.Dir(path))
		if err != nil {
			continue // the call fails too
		}
		_, err = g.over(dir)
		dir.close()
		if err != nil {
			return err
		}
	}
	return nil
}

// guard refuses what e says is closed; nil where there is nothing to map.
func (e *Environment) guard() *guard {
	if len(e.Preopens) == 0 || len(e.Closed) == 0 {
		return nil
	}
	g := newGuard(e.Closed)
	for _, path := range e.ClosedFiles {
		g.closeFile(path)
	}
	return g
}
