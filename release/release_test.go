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
	command := []string{"wazedge"}
	t.Run("static", func(t *testing.T) { first.static(t, "wazedge", command) })
	t.Run("bill", func(t *testing.T) { first.billIsComplete(t, "wazedge", command) })
	t.Run("image", first.imageIsSound)
	if tools := here().containerTools(); len(tools) > 0 {
		t.Run("containers static", func(t *testing.T) { first.static(t, containers, tools) })
		t.Run("containers bill", func(t *testing.T) { first.billIsComplete(t, containers, tools) })
		t.Run("containers", first.containersAreWhole)
	}
}

// unpacked is the tree of the archive for this platform of what is called so.
func (r *release) unpacked(t *testing.T, what string) string {
	t.Helper()
	dir := t.TempDir()
	if _, err := run(dir, nil, "tar", "-xzf", filepath.Join(r.dist, r.nameOf(what, here().suffixed()))); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, r.nameOf(what, here().String()))
}

func here() platform { return platform{os: runtime.GOOS, arch: runtime.GOARCH} }

// static states that programs ask for no loader and no library.
func (r *release) static(t *testing.T, what string, programs []string) {
	dir := r.unpacked(t, what)
	for _, name := range programs {
		f, err := elf.Open(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if libraries, err := f.ImportedLibraries(); err != nil || len(libraries) > 0 {
			t.Errorf("%s needs %q, %v", name, libraries, err)
		}
		for _, p := range f.Progs {
			if p.Type == elf.PT_INTERP {
				t.Errorf("%s asks for a loader", name)
			}
		}
	}
}

// billIsComplete states that every module in the programs is in their bill, with a licence.
func (r *release) billIsComplete(t *testing.T, what string, programs []string) {
	text, err := os.ReadFile(filepath.Join(r.dist, r.nameOf(what, here().String())+".cdx.json"))
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
	n, dir := 0, r.unpacked(t, what)
	for _, name := range programs {
		modules, err := run(r.work, nil, "go", "version", "-m", filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(modules) {
			if fields := strings.Fields(line); len(fields) >= 3 && fields[0] == "dep" {
				n++
				if !has[fields[1]+" "+fields[2]] {
					t.Errorf("the bill has no %s %s with a licence, which is in %s", fields[1], fields[2], name)
				}
			}
		}
	}
	if n < 4 {
		t.Errorf("the programs have only %d modules", n)
	}
}

// containersAreWhole states that the archive of the programs for containers has what a node is set up with, that
// the programs run, and that there is a package of each form.
func (r *release) containersAreWhole(t *testing.T) {
	dir := r.unpacked(t, containers)
	for _, name := range []string{"LICENSE", "THIRD-PARTY-LICENSES.txt", "CONTAINERS.md", "deploy/runtimeclass.yaml", "deploy/install.sh"} {
		if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{secondShim, "containerd-shim-wazedge-v1"} {
		if out, err := run(dir, []string{}, filepath.Join(dir, name), "-v"); err != nil || !strings.HasPrefix(out, name+":\n  Version: ") {
			t.Errorf("%s: %q, %v", name, out, err)
		}
	}
	if out, err := run(dir, []string{"HOME=" + dir}, filepath.Join(dir, "wazedge-image"), "help"); err != nil || !strings.Contains(out, "wazedge image build") {
		t.Errorf("wazedge-image: %q, %v", out, err)
	}
	for _, f := range formats {
		if found, err := filepath.Glob(filepath.Join(r.dist, containers+"*."+f.name)); err != nil || len(found) != 1 {
			t.Errorf("packages for %s: %v, %v", f.name, found, err)
		}
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
