package main

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// user is the one that the image runs as, by number, and home its directory, where the cache is kept.
const (
	user = "65532:65532"
	home = "home/wazedge/"
)

// image writes an OCI image of nothing but the program, for every processor under Linux, as a layout in a tar file.
func (r *release) image(programs []*program, beside []entry) error {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	var found bool
	for _, p := range programs {
		if p.os != "linux" {
			continue
		}
		img, err := r.imageFor(p, beside)
		if err != nil {
			return err
		}
		found = true
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{
			Platform: &v1.Platform{OS: p.os, Architecture: p.arch, Variant: p.variant},
		}})
	}
	if !found {
		return nil
	}
	named := mutate.AppendManifests(mutate.IndexMediaType(empty.Index, types.OCIImageIndex), mutate.IndexAddendum{
		Add: index, Descriptor: v1.Descriptor{Annotations: map[string]string{"org.opencontainers.image.ref.name": r.version}},
	})
	dir := filepath.Join(r.work, "image")
	if _, err := layout.Write(dir, named); err != nil {
		return err
	}
	entries, err := filesIn(dir)
	if err != nil {
		return err
	}
	content, err := tarred(entries, r.time)
	if err != nil {
		return err
	}
	return r.write(r.name("oci.tar"), content)
}

func (r *release) imageFor(p *program, beside []entry) (v1.Image, error) {
	entries := []entry{{name: "home/", mode: 0o755}, {name: home, mode: 0o777}, {name: "tmp/", mode: 0o1777}, {"wazedge", 0o755, p.content}}
	for _, e := range beside {
		if e.name == "LICENSE" || e.name == "THIRD-PARTY-LICENSES.txt" {
			entries = append(entries, entry{"licenses/" + e.name, e.mode, e.content})
		}
	}
	content, err := tarred(append(entries, entry{name: "licenses/", mode: 0o755}), r.time)
	if err != nil {
		return nil, err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil },
		tarball.WithMediaType(types.OCILayer))
	if err != nil {
		return nil, err
	}
	img, err := mutate.AppendLayers(mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON), layer)
	if err != nil {
		return nil, err
	}
	config, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Variant, config.Created = p.os, p.arch, p.variant, v1.Time{Time: r.time}
	config.Config = v1.Config{
		Entrypoint: []string{"/wazedge"}, User: user, WorkingDir: "/" + home, Env: []string{"HOME=/" + home, "PATH=/"},
		Labels: map[string]string{
			"org.opencontainers.image.title": "wazedge", "org.opencontainers.image.version": r.version,
			"org.opencontainers.image.licenses": license, "org.opencontainers.image.url": homepage, "org.opencontainers.image.description": summary,
		},
	}
	return mutate.ConfigFile(img, config)
}

// filesIn are the files beneath dir.
func filesIn(dir string) ([]entry, error) {
	var entries []entry
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		below, err := filepath.Rel(dir, name)
		entries = append(entries, entry{filepath.ToSlash(below), 0o644, content})
		return err
	})
	return sorted(entries), err
}
