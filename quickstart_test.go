package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/wazedge/wazedge/internal/documents"
	"github.com/wazedge/wazedge/internal/modproxy"
)

// version is the one at the top of CHANGELOG.md.
func version(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	heading := regexp.MustCompile(`(?m)^## (\S+)`).FindSubmatch(text)
	if heading == nil {
		t.Fatal("CHANGELOG.md has no version")
	}
	return string(heading[1])
}

// TestQuickStart types the quick start, and the page on embedding, word by word in an empty directory, with an empty home, where there is
// nothing but Go: the command comes from a module proxy made of this tree. The compiled packages
// that Go keeps are those of this machine, lest the standard library be compiled anew.
func TestQuickStart(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the command")
	}
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no POSIX shell")
	}
	home := t.TempDir()
	s := documents.Shell{
		Program: []string{sh},
		Env:     append(published(t, "v"+version(t)), "HOME="+home, "PATH="+onlyGo(t), "GOCACHE="+goEnv(t, "GOCACHE")),
		Has:     func(program string) bool { return program == "go" || program == "install" },
	}
	for _, page := range []string{"QUICKSTART.md", "EMBEDDING.md"} {
		s.Dir = t.TempDir()
		left, err := s.Run(t.Context(), blocks(t, page))
		if err != nil {
			t.Errorf("%s: %v", page, err)
		}
		if len(left) > 0 {
			t.Errorf("%s: left out: %v", page, left)
		}
	}
	program := filepath.Join(home, "go", "bin", "wazedge")
	if out := command(t, program, "--version"); !strings.Contains(out, "wazedge version "+version(t)+"\n") {
		t.Errorf("the installed version is %q", out)
	}
}

// TestQuickStartInDebian types it in the Debian root that WAZEDGE_DEBIAN_ROOT names, where the package is
// installed: release/debian makes one. There is no Go, so what needs it is left out.
func TestQuickStartInDebian(t *testing.T) {
	root := os.Getenv("WAZEDGE_DEBIAN_ROOT")
	if root == "" {
		t.Skip("no WAZEDGE_DEBIAN_ROOT")
	}
	dir, err := os.MkdirTemp(filepath.Join(root, "root"), "quickstart")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	s := documents.Shell{
		Program: []string{"/usr/sbin/chroot", root, "/usr/bin/env", "-i", "HOME=/root", "PATH=/usr/bin:/bin", "/bin/sh"},
		Dir:     dir, Seen: strings.TrimPrefix(dir, filepath.Clean(root)),
		Has: func(string) bool { return false },
	}
	if _, err := s.Run(t.Context(), blocks(t, "QUICKSTART.md")); err != nil {
		t.Error(err)
	}
}

// blocks are those of a page.
func blocks(t *testing.T, name string) []documents.Block {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("docs", name))
	if err != nil {
		t.Fatal(err)
	}
	return documents.Parse(string(page))
}

// published makes a module proxy of this tree and returns the environment that has the go command use it.
func published(t *testing.T, version string) []string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git, which tells the files of the tree")
	}
	files, err := modproxy.Files(".")
	if err != nil {
		t.Skip("no git work tree: ", err)
	}
	proxy := t.TempDir()
	v := modproxy.Version{Path: module, Version: version, Time: time.Unix(0, 0)}
	if err := modproxy.Write(proxy, v, ".", files); err != nil {
		t.Fatal(err)
	}
	return append(modproxy.Environment(proxy, goEnv(t, "GOMODCACHE")), "GOFLAGS=-modcacherw -trimpath")
}

// onlyGo is a directory for PATH with nothing but the go command.
func onlyGo(t *testing.T) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		return filepath.Join(goEnv(t, "GOROOT"), "bin")
	}
	dir := t.TempDir()
	if err := os.Symlink(filepath.Join(goEnv(t, "GOROOT"), "bin", "go"), filepath.Join(dir, "go")); err != nil {
		t.Fatal(err)
	}
	return dir
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	return strings.TrimSpace(command(t, "go", "env", name))
}
