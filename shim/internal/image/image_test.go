package image_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/wazedge/wazedge/shim/internal/image"
)

const hello = "../../../testdata/guests/hello.wasm"

// serve serves a registry on loopback that wants a password, and has Docker's configuration
// know it if known.
func serve(t *testing.T, known bool) (host string) {
	t.Helper()
	inner := registry.New(registry.Logger(log.New(bytes.NewBuffer(nil), "", 0)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, ok := r.BasicAuth(); !ok || user != "ann" || password != "secret" {
			w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
			http.Error(w, `{"errors":[{"code":"UNAUTHORIZED"}]}`, http.StatusUnauthorized)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	host = strings.TrimPrefix(server.URL, "http://")
	dir := t.TempDir()
	t.Setenv("DOCKER_CONFIG", dir)
	if known {
		auth := base64.StdEncoding.EncodeToString([]byte("ann:secret"))
		if err := os.WriteFile(filepath.Join(dir, "config.json"), fmt.Appendf(nil, `{"auths":{%q:{"auth":%q}}}`, host, auth), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return host
}

func build(t *testing.T, input string, o image.Options) v1.Image {
	t.Helper()
	if o.Platform.OS == "" {
		o.Platform = v1.Platform{OS: "wasi", Architecture: "wasm"}
	}
	img, err := image.Build(input, o)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// TestRegistry sends images and artifacts to a registry, gets them into another store, and
// finds the module in them that was put in.
func TestRegistry(t *testing.T) {
	host := serve(t, true)
	want, err := os.ReadFile(hello)
	if err != nil {
		t.Fatal(err)
	}
	for _, artifact := range []bool{false, true} {
		ref, err := image.Parse(fmt.Sprintf("oci://%s/app-%v:1", host, artifact))
		if err != nil {
			t.Fatal(err)
		}
		sent, got := image.Store{Dir: t.TempDir()}, image.Store{Dir: t.TempDir()}
		if err := sent.Put(ref.Name(), build(t, hello, image.Options{Artifact: artifact})); err != nil {
			t.Fatal(err)
		}
		digest, err := sent.Push(t.Context(), ref, nil)
		if err != nil {
			t.Fatal(err)
		}
		var done, total int64
		img, err := got.Pull(t.Context(), ref, func(d, of int64) { done, total = d, of })
		if err != nil {
			t.Fatal(err)
		}
		if h, err := img.Digest(); err != nil || h != digest || total == 0 || done > total {
			t.Errorf("got %v, %v, %d of %d bytes; sent %v", h, err, done, total, digest)
		}
		p, err := got.Extract(img)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(p.Path); err != nil || !bytes.Equal(b, want) || filepath.Base(p.Path) != "hello.wasm" {
			t.Errorf("%s: %d bytes, %v", p.Path, len(b), err)
		}
		list, err := got.List()
		if err != nil || len(list) != 1 || list[0].Name != ref.Name() || list[0].Artifact != artifact {
			t.Errorf("%+v, %v", list, err)
		}
	}
}

// TestPasswords states that a registry which wants a password is not read without.
func TestPasswords(t *testing.T) {
	ref, err := image.Parse(serve(t, false) + "/app:1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (image.Store{Dir: t.TempDir()}).Pull(t.Context(), ref, nil); err == nil || !strings.Contains(err.Error(), "UNAUTHORIZED") {
		t.Error(err)
	}
}

// TestBuildIsReproducible states that the same input makes the same image, and another another.
func TestBuildIsReproducible(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"app.wasm": "\x00asm\x01\x00\x00\x00", "data/a": "1", "data/b/c": "2",
		"image.json": `{"entrypoint": "app.wasm", "args": ["x"], "env": {"B": "2", "A": "1"}, "dir": "/data"}`,
	})
	digest := func() v1.Hash {
		h, err := build(t, dir, image.Options{}).Digest()
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	first := digest()
	if second := digest(); first != second {
		t.Errorf("%v, then %v", first, second)
	}
	c, err := build(t, dir, image.Options{}).ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(c.Config.Entrypoint, []string{"/app.wasm"}) || !slices.Equal(c.Config.Env, []string{"A=1", "B=2"}) || c.Config.WorkingDir != "/data" || c.OS != "wasi" {
		t.Errorf("%+v", c)
	}
	write(t, dir, map[string]string{"data/a": "3"})
	if digest() == first {
		t.Error("the same for other files")
	}
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestBuildRefuses states what no image is made of.
func TestBuildRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		files map[string]string
		o     image.Options
		want  string
	}{
		"no module":            {files: map[string]string{"a": ""}, want: "0 modules and no image.json"},
		"two modules":          {files: map[string]string{"a.wasm": "", "b.wat": ""}, want: "2 modules and no image.json"},
		"an entrypoint above":  {files: map[string]string{"image.json": `{"entrypoint": "../x.wasm"}`}, want: "is not below"},
		"an unknown field":     {files: map[string]string{"image.json": `{"entrypint": "x.wasm"}`}, want: "unknown field"},
		"something else":       {files: map[string]string{"a.wasm": "#!/bin/sh"}, want: "is no module"},
		"an artifact of text":  {files: map[string]string{"a.wat": "(module)"}, o: image.Options{Artifact: true}, want: "binary format"},
		"no file of that name": {files: map[string]string{"image.json": `{"entrypoint": "x.wasm"}`}, want: "no such file"},
	} {
		dir := t.TempDir()
		write(t, dir, tc.files)
		if _, err := image.Build(dir, tc.o); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %s", name, err, tc.want)
		}
	}
	dir := t.TempDir()
	write(t, dir, map[string]string{"a.wasm": "\x00asm\x01\x00\x00\x00"})
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if _, err := image.Build(dir, image.Options{}); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Error(err)
	}
}
