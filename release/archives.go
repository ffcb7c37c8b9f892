package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// archives writes an archive for each program.
func (r *release) archives(programs []*program, beside []entry) error {
	for _, p := range programs {
		if err := r.archiveOf("wazedge", p.platform, append(slices.Clone(beside), entry{p.file(), 0o755, p.content})); err != nil {
			return err
		}
	}
	return nil
}

// archiveOf writes the archive for p of what is called so: zip for Windows, else tar.gz.
func (r *release) archiveOf(what string, p platform, entries []entry) error {
	entries = sorted(slices.Clone(entries))
	for i := range entries {
		entries[i].name = r.nameOf(what, p.String()) + "/" + entries[i].name
	}
	content, err := tarred(entries, r.time)
	if p.os == "windows" {
		content, err = zipFile(entries, r.time)
	} else {
		content = zipped(content)
	}
	if err != nil {
		return err
	}
	return r.write(r.nameOf(what, p.suffixed()), content)
}

// archive is the name of the command's archive for p.
func (r *release) archive(p platform) string { return r.name(p.suffixed()) }

// suffixed is how the name of an archive for p ends.
func (p platform) suffixed() string {
	if p.os == "windows" {
		return p.String() + ".zip"
	}
	return p.String() + ".tar.gz"
}

// tarred are the entries as tar has them, owned by the superuser.
func tarred(entries []entry, at time.Time) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		h := &tar.Header{Name: e.name, Mode: e.mode, Size: int64(len(e.content)), ModTime: at, Typeflag: tar.TypeReg}
		switch {
		case strings.HasSuffix(e.name, "/"):
			h.Typeflag = tar.TypeDir
		case e.mode == link:
			h.Typeflag, h.Linkname, h.Mode, h.Size = tar.TypeSymlink, string(e.content), link&0o777, 0
		}
		if err := w.WriteHeader(h); err != nil {
			return nil, err
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		if _, err := w.Write(e.content); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return b.Bytes(), err
}

func zipFile(entries []entry, at time.Time) ([]byte, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate, Modified: at}
		h.SetMode(os.FileMode(e.mode))
		f, err := w.CreateHeader(h)
		if err != nil {
			return nil, err
		}
		if _, err := f.Write(e.content); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return b.Bytes(), err
}

// sorted are the entries by name.
func sorted(entries []entry) []entry {
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	return entries
}

// checksums writes SHA256SUMS, which sha256sum -c reads.
func (r *release) checksums() error {
	files, err := os.ReadDir(r.dist)
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, f := range files {
		sum, err := r.sum(f.Name())
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s  %s\n", sum, f.Name())
	}
	return r.write("SHA256SUMS", []byte(b.String()))
}

// sum is the SHA-256 of a file of the release.
func (r *release) sum(name string) (string, error) {
	content, err := os.ReadFile(filepath.Join(r.dist, name))
	return fmt.Sprintf("%x", sha256.Sum256(content)), err
}
