package image

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
)

// layerTypes are the media types that layers with a module have.
var layerTypes = []string{
	string(LayerType), "application/vnd.wasm.content.layer.v1+wasm", "application/vnd.module.wasm.content.layer.v1+wasm",
}

// IsModuleLayer reports whether layers of that media type are modules.
func IsModuleLayer(mediaType string) bool { return slices.Contains(layerTypes, mediaType) }

// maxModule is how large a module may be, in bytes.
const maxModule = 1 << 30

// Program is a module of an image, and what the image says of its run.
type Program struct {
	Path string   `json:"path"` // of the module, in a cache by its digest
	Args []string `json:"args,omitempty"`
	Env  []string `json:"env,omitempty"`
}

// Extract writes the module of img to a file below s that is named for its digest, if it is
// not there already.
func (s Store) Extract(img v1.Image) (Program, error) {
	m, err := img.Manifest()
	if err != nil {
		return Program{}, err
	}
	for _, l := range m.Layers {
		if !IsModuleLayer(string(l.MediaType)) {
			continue
		}
		layer, err := img.LayerByDigest(l.Digest)
		if err != nil {
			return Program{}, err
		}
		r, err := layer.Compressed()
		if err != nil {
			return Program{}, err
		}
		defer r.Close()
		at, err := s.keep(r, path.Base(l.Annotations["org.opencontainers.image.title"]))
		return Program{Path: at}, err
	}
	return s.extractEntrypoint(img)
}

// extractEntrypoint is Extract for an image with files.
func (s Store) extractEntrypoint(img v1.Image) (Program, error) {
	c, err := img.ConfigFile()
	if err != nil {
		return Program{}, err
	}
	line := slices.Concat(c.Config.Entrypoint, c.Config.Cmd)
	if len(line) == 0 {
		return Program{}, errors.New("the image has no entrypoint")
	}
	at := strings.TrimPrefix(path.Join("/", c.Config.WorkingDir, line[0]), "/")
	if path.IsAbs(line[0]) {
		at = strings.TrimPrefix(path.Clean(line[0]), "/")
	}
	files := mutate.Extract(img)
	defer files.Close()
	for r := tar.NewReader(files); ; {
		h, err := r.Next()
		if err == io.EOF {
			return Program{}, fmt.Errorf("the image has no file %q, which is its entrypoint", "/"+at)
		}
		if err != nil {
			return Program{}, err
		}
		if strings.TrimPrefix(path.Clean("/"+h.Name), "/") != at {
			continue
		}
		if h.Typeflag != tar.TypeReg {
			return Program{}, fmt.Errorf("the entrypoint %q is no regular file", "/"+at)
		}
		kept, err := s.keep(r, path.Base(at))
		return Program{Path: kept, Args: line[1:], Env: c.Config.Env}, err
	}
}

// keep writes the module that r gives to a file of the cache, and returns its path. It is named as the image
// says, if that is the name of a file here and nothing else.
func (s Store) keep(r io.Reader, name string) (string, error) {
	if name == "." || filepath.Base(name) != name || !filepath.IsLocal(name) {
		name = "module.wasm"
	}
	dir := filepath.Join(s.Dir, "modules")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	f, err := os.CreateTemp(dir, "tmp-")
	if err != nil {
		return "", err
	}
	defer os.Remove(f.Name())
	hash := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, hash), io.LimitReader(r, maxModule+1))
	if err == nil && n > maxModule {
		err = fmt.Errorf("a module of more than %d bytes", maxModule)
	}
	if err == nil {
		err = look(f, name)
	}
	if err := errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		return "", err
	}
	kept := filepath.Join(dir, hex.EncodeToString(hash.Sum(nil)))
	if err := os.MkdirAll(kept, 0o755); err != nil {
		return "", err
	}
	kept = filepath.Join(kept, name)
	return kept, os.Rename(f.Name(), kept)
}

// look refuses a file that is no module.
func look(f *os.File, name string) error {
	head := make([]byte, 4096)
	n, err := f.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return err
	}
	if !IsModule(name, head[:n]) {
		return fmt.Errorf("%q is no module", name)
	}
	return nil
}
