package main

import (
	"bytes"
	"debug/elf"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// made makes a release for this platform, and returns its directory.
func made(t *testing.T) *release {
	t.Helper()
	r, err := newRelease("..", filepath.Join(t.TempDir(), "dist"), "", true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(r.work) })
	if err := r.make(t.Context(), runtime.GOOS+"/"+runtime.GOARCH); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestRelease makes the same release twice and states that it is the same to the byte, whatever
// directory it is made in, and that its parts are sound.
func TestRelease(t *testing.T) {
	first, second := made(t), made(t)
	files, err := os.ReadDir(first.dist)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		a, _ := os.ReadFile(filepath.Join(first.dist, f.Name()))
		b, err := os.ReadFile(filepath.Join(second.dist, f.Name()))
		if err != nil || !bytes.Equal(a, b) {
			t.Errorf("%s is not the same when made again: %v", f.Name(), err)
		}
	}
	if runtime.GOOS != "linux" {
		return
	}
	t.Run("static", first.static)
	t.Run("bill", first.billIsComplete)
	t.Run("image", first.imageIsSound)
}

// unpacked is the tree of the archive for this platform.
func (r *release) unpacked(t *testing.T) string {
	dir := t.TempDir()
	if _, err := run(dir, nil, "tar", "-xzf", filepath.Join(r.dist, r.archive(here()))); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, r.name(here().String()))
}

func here() platform { return platform{os: runtime.GOOS, arch: runtime.GOARCH} }

// static states that the program asks for no loader and no library.
func (r *release) static(t *testing.T) {
	f, err := elf.Open(filepath.Join(r.unpacked(t), "wazedge"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if libraries, err := f.ImportedLibraries(); err != nil || len(libraries) > 0 {
		t.Errorf("needs %q, %v", libraries, err)
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			t.Error("asks for a loader")
		}
	}
}

// billIsComplete states that every module in the program is in its bill, with a licence.
func (r *release) billIsComplete(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(r.dist, r.name(here().String())+".cdx.json"))
	if err != nil {
		t.Fatal(err)
	}
	var bill struct {
		Components []struct {
			Name, Version string
			Licenses      []struct{ License struct{ ID string } }
		}
	}
	if err := json.Unmarshal(text, &bill); err != nil {
		t.Fatal(err)
	}
	has := map[string]bool{}
	for _, c := range bill.Components {
		has[c.Name+" "+c.Version] = len(c.Licenses) == 1 && c.Licenses[0].License.ID != ""
	}
	modules, err := run(r.work, nil, "go", "version", "-m", filepath.Join(r.unpacked(t), "wazedge"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(modules) {
		if fields := strings.Fields(line); len(fields) >= 3 && fields[0] == "dep" {
			n++
			if !has[fields[1]+" "+fields[2]] {
				t.Errorf("the bill has no %s %s with a licence", fields[1], fields[2])
			}
		}
	}
	if n < 4 {
		t.Errorf("the program has only %d modules", n)
	}
}

// imageIsSound states that the image is what its digests say, for this processor.
func (r *release) imageIsSound(t *testing.T) {
	dir := t.TempDir()
	if _, err := run(dir, nil, "tar", "-xf", filepath.Join(r.dist, r.name("oci.tar"))); err != nil {
		t.Fatal(err)
	}
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(index); err != nil {
		t.Error(err)
	}
}
