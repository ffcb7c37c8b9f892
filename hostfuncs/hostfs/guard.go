package hostfs

import "path/filepath"

// Refuses reports why guests must not make, or reach, what is at path, which is one of
// the host's and not beneath a [Directory]: EACCES, if that is in a directory that g
// refuses, by any name.
func (g *Guard) Refuses(path string) error {
	paths := []string{path}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		paths = append(paths, real)
	}
	for _, path := range paths {
		dir, err := openHostDirectory(filepath.Dir(path))
		if err != nil {
			continue // whoever acts on it fails too
		}
		_, err = g.over(dir)
		dir.Close()
		if err != nil {
			return err
		}
	}
	return nil
}
