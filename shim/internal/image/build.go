// Package image makes and reads OCI images and artifacts that hold a WebAssembly module.
package image

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Media types of OCI artifacts of WebAssembly, as the CNCF's working group has them.
const (
	ConfigType types.MediaType = "application/vnd.wasm.config.v0+json"
	LayerType  types.MediaType = "application/wasm"
)

// ManifestName is the name of the file of a directory that says what image it becomes.
const ManifestName = "image.json"

// Manifest is what there is to say of an image.
type Manifest struct {
	Entrypoint string            `json:"entrypoint"` // the module's file, with slashes, below the directory
	Args       []string          `json:"args,omitempty"`
	Env        map[string]string `json:"env,omitempty"`
	Dir        string            `json:"dir,omitempty"`  // where the guest starts
	User       string            `json:"user,omitempty"` // by number
	Labels     map[string]string `json:"labels,omitempty"`
}

// Options of Build.
type Options struct {
	Platform v1.Platform // of an image
	Artifact bool        // an artifact and no image
}

// ParsePlatform reads OS/ARCHITECTURE.
func ParsePlatform(text string) (v1.Platform, error) {
	system, processor, ok := strings.Cut(text, "/")
	if !ok || system == "" || processor == "" || strings.Contains(processor, "/") {
		return v1.Platform{}, fmt.Errorf("no platform %q: want wasi/wasm, wasip1/wasm, linux/amd64 or the like", text)
	}
	return v1.Platform{OS: system, Architecture: processor}, nil
}

// Build makes an image or artifact of the file or directory input.
func Build(input string, o Options) (v1.Image, error) {
	info, err := os.Stat(input)
	if err != nil {
		return nil, err
	}
	dir, m := input, Manifest{}
	if info.IsDir() {
		m, err = readManifest(input)
	} else {
		dir, m.Entrypoint = filepath.Dir(input), filepath.Base(input)
	}
	if err != nil {
		return nil, err
	}
	if !fs.ValidPath(m.Entrypoint) {
		return nil, fmt.Errorf("entrypoint %q is not below %s", m.Entrypoint, dir)
	}
	module, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(m.Entrypoint)))
	if err != nil {
		return nil, err
	}
	if !IsModule(m.Entrypoint, module) {
		return nil, fmt.Errorf("%s is no module: neither in the binary format nor, as .wat, in the text format", m.Entrypoint)
	}
	if o.Artifact {
		return artifact(m, module)
	}
	files := []string{m.Entrypoint}
	if info.IsDir() {
		if files, err = filesOf(dir); err != nil {
			return nil, err
		}
	}
	return image(dir, files, m, o.Platform)
}

// readManifest reads the manifest in dir. Without one, the directory is that of its one module.
func readManifest(dir string) (Manifest, error) {
	b, err := os.ReadFile(filepath.Join(dir, ManifestName))
	if errors.Is(err, fs.ErrNotExist) {
		var found []string
		for _, pattern := range []string{"*.wasm", "*.wat"} {
			names, err := filepath.Glob(filepath.Join(dir, pattern))
			if err != nil {
				return Manifest{}, err
			}
			found = append(found, names...)
		}
		if len(found) != 1 {
			return Manifest{}, fmt.Errorf("%s has %d modules and no %s that says which is run: {\"entrypoint\": \"NAME.wasm\"}", dir, len(found), ManifestName)
		}
		return Manifest{Entrypoint: filepath.Base(found[0])}, nil
	}
	if err != nil {
		return Manifest{}, err
	}
	var m Manifest
	decoder := json.NewDecoder(bytes.NewReader(b))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&m); err != nil {
		return m, fmt.Errorf("%s: %w", filepath.Join(dir, ManifestName), err)
	}
	if m.Entrypoint == "" {
		return m, fmt.Errorf("%s names no entrypoint", filepath.Join(dir, ManifestName))
	}
	return m, nil
}

// IsModule reports whether a file of that name and content is a module or a component.
func IsModule(name string, content []byte) bool {
	if bytes.HasPrefix(content, []byte("\x00asm")) {
		return true
	}
	text := bytes.TrimLeft(content, " \t\r\n")
	return path.Ext(name) == ".wat" && (bytes.HasPrefix(text, []byte("(")) || bytes.HasPrefix(text, []byte(";;")))
}

// filesOf are the files below dir, but for the manifest. What is neither a file nor a directory
// is refused: an image is the same wherever it is made.
func filesOf(dir string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if !d.Type().IsRegular() {
			return fmt.Errorf("%s is not a regular file", name)
		}
		below, err := filepath.Rel(dir, name)
		if below != ManifestName {
			files = append(files, filepath.ToSlash(below))
		}
		return err
	})
	slices.Sort(files)
	return files, err
}

// epoch is the time of everything in an image, which so is the same each time it is made.
var epoch = time.Unix(0, 0).UTC()

// image is the image with files of dir.
func image(dir string, files []string, m Manifest, p v1.Platform) (v1.Image, error) {
	content, err := archive(dir, files)
	if err != nil {
		return nil, err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(content)), nil
	}, tarball.WithMediaType(types.OCILayer))
	if err != nil {
		return nil, err
	}
	config := &v1.ConfigFile{
		OS: p.OS, Architecture: p.Architecture, Created: v1.Time{Time: epoch},
		Config: v1.Config{
			Entrypoint: []string{"/" + m.Entrypoint}, Cmd: m.Args, WorkingDir: m.Dir, User: m.User, Labels: m.Labels,
		},
	}
	for name, value := range m.Env {
		config.Config.Env = append(config.Config.Env, name+"="+value)
	}
	slices.Sort(config.Config.Env)
	img, err := mutate.ConfigFile(mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON), config)
	if err != nil {
		return nil, err
	}
	return mutate.Append(img, mutate.Addendum{Layer: layer, History: v1.History{Created: v1.Time{Time: epoch}, CreatedBy: "wazedge image build"}})
}

// archive is a tar of files of dir and of the directories on the way to them.
func archive(dir string, files []string) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	made := map[string]bool{".": true}
	var directory func(name string) error
	directory = func(name string) error {
		if made[name] {
			return nil
		}
		if err := directory(path.Dir(name)); err != nil {
			return err
		}
		made[name] = true
		return w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: 0o755, ModTime: epoch, Format: tar.FormatPAX})
	}
	for _, name := range files {
		content, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			return nil, err
		}
		if err := directory(path.Dir(name)); err != nil {
			return nil, err
		}
		mode := int64(0o644)
		if IsModule(name, content) {
			mode = 0o755 // some runtimes look for that
		}
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: int64(len(content)), ModTime: epoch, Format: tar.FormatPAX}); err != nil {
			return nil, err
		}
		if _, err := w.Write(content); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), w.Close()
}

// artifact is the artifact with that module.
func artifact(m Manifest, module []byte) (v1.Image, error) {
	if path.Ext(m.Entrypoint) == ".wat" {
		return nil, errors.New("an artifact holds a module in the binary format: translate the text before, with wat2wasm or wasm-tools")
	}
	layer := static.NewLayer(module, LayerType)
	img, err := mutate.Append(mutate.MediaType(empty.Image, types.OCIManifestSchema1), mutate.Addendum{
		Layer: layer, MediaType: LayerType,
		Annotations: map[string]string{"org.opencontainers.image.title": path.Base(m.Entrypoint)},
	})
	if err != nil {
		return nil, err
	}
	digest, err := layer.Digest()
	if err != nil {
		return nil, err
	}
	system := "wasip1"
	if len(module) >= 8 && module[6] == 1 { // a component
		system = "wasip2"
	}
	config, err := json.Marshal(map[string]any{
		"created": epoch.Format(time.RFC3339), "architecture": "wasm", "os": system, "layerDigests": []string{digest.String()},
	})
	if err != nil {
		return nil, err
	}
	return &withConfig{Image: img, config: config}, nil
}
