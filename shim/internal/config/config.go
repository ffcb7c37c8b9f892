// Package config reads and changes the config.json of a bundle (OCI runtime
// specification 1.2, config.md). What this program knows nothing of stays as it is.
package config

import (
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/wazedge/wazedge/shim/internal/rootfs"
)

// FileName is the name of the file in the bundle.
const FileName = "config.json"

// maxSize is how large a configuration may be, in bytes.
const maxSize = 16 << 20

// object is a JSON object whose values are not looked into.
type object map[string]json.RawMessage

// set makes v the value of name.
func (o object) set(name string, v any) error {
	b, err := json.Marshal(v)
	o[name] = b
	return err
}

// Process is what is executed in a container: its command, or that of an exec.
type Process struct {
	Args []string `json:"args"`
	Env  []string `json:"env"`
	Cwd  string   `json:"cwd"`

	all object
}

// ParseProcess reads a process.
func ParseProcess(b []byte) (*Process, error) {
	p := new(Process)
	if err := json.Unmarshal(b, &p.all); err != nil {
		return nil, err
	}
	return p, json.Unmarshal(b, p)
}

// JSON is the process with what has been changed of it.
func (p *Process) JSON() ([]byte, error) {
	for name, v := range map[string]any{"args": p.Args, "env": p.Env} {
		if err := p.all.set(name, v); err != nil {
			return nil, err
		}
	}
	return json.Marshal(p.all)
}

// Lookup is the value of the variable name, of several the last.
func (p *Process) Lookup(name string) (value string, ok bool) {
	for _, v := range slices.Backward(p.Env) {
		if len(v) > len(name) && v[len(name)] == '=' && v[:len(name)] == name {
			return v[len(name)+1:], true
		}
	}
	return "", false
}

// Mount is a mount of a container.
type Mount struct {
	Destination string   `json:"destination"`
	Type        string   `json:"type,omitempty"`
	Source      string   `json:"source,omitempty"`
	Options     []string `json:"options,omitempty"`
}

// Bind reports whether the mount shows files of the host.
func (m Mount) Bind() bool {
	return m.Type == "bind" || slices.Contains(m.Options, "bind") || slices.Contains(m.Options, "rbind")
}

// ReadOnly reports whether nothing is written through the mount.
func (m Mount) ReadOnly() bool {
	for _, option := range slices.Backward(m.Options) {
		switch option {
		case "ro", "rro":
			return true
		case "rw", "rrw":
			return false
		}
	}
	return false
}

// Config is a bundle's configuration.
type Config struct {
	Process *Process // nil if there is none
	Root    struct {
		Path     string `json:"path"`
		Readonly bool   `json:"readonly"`
	}
	Mounts      []Mount
	Annotations map[string]string
	// Memory is how much the container may use, in bytes, or 0 for no limit.
	Memory int64
	// Group is the path of the container's control group below where they are mounted, if it has one.
	Group string

	bundle string
	all    object
}

// Read reads the configuration of the bundle in the directory.
func Read(bundle string) (*Config, error) {
	name := filepath.Join(bundle, FileName)
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxSize {
		return nil, fmt.Errorf("%s: %d bytes are too many", name, info.Size())
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	c := &Config{bundle: bundle}
	if err := c.parse(b); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return c, nil
}

func (c *Config) parse(b []byte) error {
	if err := json.Unmarshal(b, &c.all); err != nil {
		return err
	}
	var linux struct {
		CgroupsPath string `json:"cgroupsPath"`
		Resources   struct {
			Memory struct {
				Limit int64 `json:"limit"`
			} `json:"memory"`
		} `json:"resources"`
	}
	for name, part := range map[string]any{"root": &c.Root, "mounts": &c.Mounts, "annotations": &c.Annotations, "linux": &linux} {
		if text, ok := c.all[name]; ok {
			if err := json.Unmarshal(text, part); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	if path.IsAbs(linux.CgroupsPath) { // systemd's are of another form
		c.Group = path.Clean(linux.CgroupsPath)
	}
	c.Memory = max(0, linux.Resources.Memory.Limit)
	text, ok := c.all["process"]
	if !ok || string(text) == "null" {
		return nil
	}
	var err error
	if c.Process, err = ParseProcess(text); err != nil {
		return fmt.Errorf("process: %w", err)
	}
	return nil
}

// Bundle is the directory of the bundle.
func (c *Config) Bundle() string { return c.bundle }

// Files are the container's files.
func (c *Config) Files() rootfs.Files {
	f := rootfs.Files{Root: c.absolute(c.Root.Path)}
	for _, m := range c.Mounts {
		mounted := rootfs.Mount{Destination: path.Clean("/" + m.Destination)}
		if m.Bind() {
			mounted.Source = c.absolute(m.Source)
		}
		f.Mounts = append(f.Mounts, mounted)
	}
	return f
}

// absolute is a path of the configuration, which may be relative to the bundle.
func (c *Config) absolute(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(c.bundle, name)
}

// Write puts the configuration, as it has been changed, in the place of the bundle's.
func (c *Config) Write() error {
	process, err := c.Process.JSON()
	if err != nil {
		return err
	}
	c.all["process"] = process
	if err := c.all.set("annotations", c.Annotations); err != nil {
		return err
	}
	text, err := json.Marshal(c.all)
	if err != nil {
		return err
	}
	name := filepath.Join(c.bundle, FileName)
	mode := os.FileMode(0o600)
	if info, err := os.Stat(name); err == nil {
		mode = info.Mode().Perm()
	}
	f, err := os.CreateTemp(c.bundle, FileName+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(text)
	if e := f.Chmod(mode); err == nil {
		err = e
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// AddMount adds m behind the other mounts.
func (c *Config) AddMount(m Mount) error {
	c.Mounts = append(c.Mounts, m)
	var all []json.RawMessage
	if text, ok := c.all["mounts"]; ok {
		if err := json.Unmarshal(text, &all); err != nil {
			return err
		}
	}
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return c.all.set("mounts", append(all, b))
}
