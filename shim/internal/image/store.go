package image

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/match"
)

// refName is the annotation of an OCI layout that has the name of an image.
const refName = "org.opencontainers.image.ref.name"

// Store is a directory with images, an OCI layout. Each image has a name in it.
type Store struct{ Dir string }

// DefaultStore is the user's store: below XDG_DATA_HOME or where the platform has such files.
func DefaultStore() (Store, error) {
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return Store{filepath.Join(dir, "wazedge", "images")}, nil
	}
	home, err := os.UserHomeDir()
	return Store{filepath.Join(home, ".local", "share", "wazedge", "images")}, err
}

// open is the layout, made if there is none and make.
func (s Store) open(make bool) (layout.Path, error) {
	p, err := layout.FromPath(s.Dir)
	if err == nil || !make || !errors.Is(err, fs.ErrNotExist) {
		return p, err
	}
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return "", err
	}
	return layout.Write(s.Dir, empty.Index)
}

// Put keeps img under that name, in the place of another of this name.
func (s Store) Put(name string, img v1.Image) error {
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return err
	}
	unlock, err := lock(filepath.Join(s.Dir, "lock"))
	if err != nil {
		return err
	}
	defer unlock()
	p, err := s.open(true)
	if err != nil {
		return err
	}
	annotations := map[string]string{refName: name, "io.containerd.image.name": name}
	o := []layout.Option{layout.WithAnnotations(annotations)}
	if platform, err := platformOf(img); err == nil {
		o = append(o, layout.WithPlatform(platform))
	}
	return p.ReplaceImage(img, match.Name(name), o...)
}

func platformOf(img v1.Image) (v1.Platform, error) {
	c, err := img.ConfigFile()
	if err != nil {
		return v1.Platform{}, err
	}
	return v1.Platform{OS: c.OS, Architecture: c.Architecture}, nil
}

// ErrNone is the error for an image that is not in the store.
var ErrNone = errors.New("no such image here")

// Get is the image of that name, or with that digest.
func (s Store) Get(name string) (v1.Image, error) {
	all, err := s.List()
	if err != nil {
		return nil, err
	}
	_, digest, _ := strings.Cut(name, "@")
	for _, e := range all {
		if e.Name == name || e.Digest.String() == digest {
			p, err := s.open(false)
			if err != nil {
				return nil, err
			}
			return p.Image(e.Digest)
		}
	}
	return nil, fmt.Errorf("%s: %w", name, ErrNone)
}

// Entry is an image of a store.
type Entry struct {
	Name     string
	Digest   v1.Hash
	Platform string
	Size     int64 // bytes, of all of it
	Artifact bool
}

// List are the images of the store, by name. A store that is not there is empty.
func (s Store) List() ([]Entry, error) {
	p, err := s.open(false)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	index, err := p.ImageIndex()
	if err != nil {
		return nil, err
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		return nil, err
	}
	var all []Entry
	for _, d := range manifest.Manifests {
		if !d.MediaType.IsImage() {
			continue
		}
		e := Entry{Name: d.Annotations[refName], Digest: d.Digest, Size: d.Size}
		if d.Platform != nil {
			e.Platform = d.Platform.OS + "/" + d.Platform.Architecture
		}
		if img, err := p.Image(d.Digest); err == nil {
			if m, err := img.Manifest(); err == nil {
				e.Artifact = m.Config.MediaType == ConfigType
				e.Size += m.Config.Size
				for _, l := range m.Layers {
					e.Size += l.Size
				}
			}
		}
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// writeDockerManifest adds to a layout the file by which Docker reads it, before version 25. It
// knows nothing of artifacts.
func writeDockerManifest(dir, reference string, img v1.Image) error {
	m, err := img.Manifest()
	if err != nil || m.Config.MediaType == ConfigType {
		return err
	}
	blob := func(h v1.Hash) string { return "blobs/" + h.Algorithm + "/" + h.Hex }
	layers := make([]string, 0, len(m.Layers))
	for _, l := range m.Layers {
		layers = append(layers, blob(l.Digest))
	}
	text, err := json.Marshal([]any{map[string]any{"Config": blob(m.Config.Digest), "RepoTags": []string{reference}, "Layers": layers}})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "manifest.json"), text, 0o644)
}

// WriteArchive writes img as an OCI layout in a tar to w, under that name: one that "docker load"
// reads, and "podman load" and "ctr image import".
func WriteArchive(w io.Writer, reference string, img v1.Image) error {
	dir, err := os.MkdirTemp("", "wazedge-image")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := (Store{dir}).Put(reference, img); err != nil {
		return err
	}
	if err := writeDockerManifest(dir, reference, img); err != nil {
		return err
	}
	out := tar.NewWriter(w)
	err = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "lock" {
			return err
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		below, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		if err := out.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: filepath.ToSlash(below), Mode: 0o644, Size: int64(len(content)), ModTime: epoch}); err != nil {
			return err
		}
		_, err = out.Write(content)
		return err
	})
	return errors.Join(err, out.Close())
}

// scheme is how the name of an image may begin where files are named too.
const scheme = "oci://"

// Parse reads the name of an image, with or without "oci://".
func Parse(text string) (name.Reference, error) {
	return name.ParseReference(strings.TrimPrefix(text, scheme), name.WithDefaultTag("latest"))
}
