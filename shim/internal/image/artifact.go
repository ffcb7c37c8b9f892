package image

import (
	"bytes"
	"encoding/json"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// withConfig is an image whose configuration is of an artifact's own kind.
type withConfig struct {
	v1.Image
	config []byte
}

func (a *withConfig) RawConfigFile() ([]byte, error)      { return a.config, nil }
func (a *withConfig) ConfigName() (v1.Hash, error)        { return partial.ConfigName(a) }
func (a *withConfig) Digest() (v1.Hash, error)            { return partial.Digest(a) }
func (a *withConfig) Size() (int64, error)                { return partial.Size(a) }
func (a *withConfig) MediaType() (types.MediaType, error) { return types.OCIManifestSchema1, nil }

// ConfigFile is the configuration as far as an image's has the same fields.
func (a *withConfig) ConfigFile() (*v1.ConfigFile, error) {
	return v1.ParseConfigFile(bytes.NewReader(a.config))
}

// Manifest is that of the image, of the other configuration.
func (a *withConfig) Manifest() (*v1.Manifest, error) {
	m, err := a.Image.Manifest()
	if err != nil {
		return nil, err
	}
	m = m.DeepCopy()
	hash, size, err := v1.SHA256(bytes.NewReader(a.config))
	if err != nil {
		return nil, err
	}
	m.Config = v1.Descriptor{MediaType: ConfigType, Digest: hash, Size: size}
	return m, nil
}

// RawManifest is what Manifest says.
func (a *withConfig) RawManifest() ([]byte, error) {
	m, err := a.Manifest()
	if err != nil {
		return nil, err
	}
	return json.Marshal(m)
}
