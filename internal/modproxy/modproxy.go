// Package modproxy makes a module proxy of files from a tree of source, so that what
// "go install MODULE@VERSION" gives can be had, and tested, before a version is published. The
// form is that of GOPROXY (https://go.dev/ref/mod#goproxy-protocol).
package modproxy

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

// Version is one version of a module.
type Version struct {
	// Path and Version are as in "go install PATH@VERSION".
	Path, Version string
	// Time is when the version was made.
	Time time.Time
}

// Write adds v, made of those files of the tree at root which files names (relative to root, with
// slashes), to the proxy in the directory proxy. Files of modules of their own are left out, as by
// the go command.
func Write(proxy string, v Version, root string, files []string) error {
	escaped, err := module.EscapePath(v.Path)
	if err != nil {
		return err
	}
	dir := filepath.Join(proxy, filepath.FromSlash(escaped), "@v")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	mod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return err
	}
	info, err := json.Marshal(struct {
		Version string
		Time    time.Time
	}{v.Version, v.Time.UTC()})
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{v.Version + ".mod": mod, v.Version + ".info": info, "list": []byte(v.Version + "\n")} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o666); err != nil {
			return err
		}
	}
	return writeZip(filepath.Join(dir, v.Version+".zip"), v, root, files)
}

func writeZip(name string, v Version, root string, files []string) error {
	out, err := os.Create(name)
	if err != nil {
		return err
	}
	var contents []zip.File
	for _, f := range files {
		contents = append(contents, file{root, f})
	}
	if err := zip.Create(out, module.Version{Path: v.Path, Version: v.Version}, contents); err != nil {
		out.Close()
		return fmt.Errorf("module %s@%s: %w", v.Path, v.Version, err)
	}
	return out.Close()
}

// file is a file of a tree.
type file struct{ root, name string }

func (f file) Path() string                 { return f.name }
func (f file) Lstat() (os.FileInfo, error)  { return os.Lstat(f.at()) }
func (f file) Open() (io.ReadCloser, error) { return os.Open(f.at()) }
func (f file) at() string                   { return filepath.Join(f.root, filepath.FromSlash(f.name)) }
