package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"debug/buildinfo"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// program is a command as it was built for a platform.
type program struct {
	platform
	name    string // without what Windows puts behind it
	dir     string // of its module, where the go command finds what it is made of
	content []byte
	info    *buildinfo.BuildInfo
}

// file is the name of the program's file.
func (p *program) file() string { return p.executable(p.name) }

// entry is a file that comes with the program.
type entry struct {
	name    string // with slashes
	mode    int64
	content []byte
}

// link is the mode of a link, whose content is where it leads.
const link = 0o120777

// builder builds programs from a module proxy made of the tree.
type builder struct {
	*release
	env    []string
	gopath string
}

// newBuilder publishes the tree under its version, for this builder alone.
func (r *release) newBuilder() (*builder, error) {
	b := &builder{release: r, gopath: filepath.Join(r.work, "go")}
	// What the builds take from the module cache is what go.sum says.
	if _, err := run(r.root, nil, "go", "mod", "download"); err != nil {
		return nil, err
	}
	if _, err := run(r.root, nil, "go", "mod", "verify"); err != nil {
		return nil, err
	}
	cache, err := run(r.root, nil, "go", "env", "GOMODCACHE")
	if err != nil {
		return nil, err
	}
	proxied, err := run(r.root, nil, "go", "run", "./internal/modproxy/write", "-path", modulePath, "-version", "v"+r.version,
		"-time", strconv.FormatInt(r.time.Unix(), 10), "-modules", strings.TrimSpace(cache), filepath.Join(r.work, "proxy"))
	if err != nil {
		return nil, err
	}
	for _, set := range os.Environ() {
		if name, _, _ := strings.Cut(set, "="); !strings.HasPrefix(name, "GO") && !strings.HasPrefix(name, "CGO") || name == "GOCACHE" {
			b.env = append(b.env, set)
		}
	}
	b.env = append(append(b.env, strings.Fields(proxied)...), "CGO_ENABLED=0", "GOENV=off", "GOPATH="+b.gopath)
	return b, nil
}

// build builds the program for p.
func (b *builder) build(_ context.Context, p platform) (*program, error) {
	env := append(b.env[:len(b.env):len(b.env)], "GOOS="+p.os, "GOARCH="+p.arch, p.level)
	if _, err := run(b.work, env, "go", "install", "-trimpath", "-ldflags=-s -w", modulePath+"@v"+b.version); err != nil {
		return nil, fmt.Errorf("%s: %w", p, err)
	}
	name := filepath.Join(b.gopath, "bin", p.os+"_"+p.arch, p.executable("wazedge"))
	if p.native() {
		name = filepath.Join(b.gopath, "bin", p.executable("wazedge"))
	}
	content, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	info, err := buildinfo.Read(bytes.NewReader(content))
	return &program{p, "wazedge", b.root, content, info}, err
}

func (p platform) native() bool { return p.os == runtime.GOOS && p.arch == runtime.GOARCH }

// companions are the files that come with every program: what is read, and what the program itself
// prints of manual and completions.
func (b *builder) companions(ctx context.Context, programs []*program) ([]entry, error) {
	tool := filepath.Join(b.gopath, "bin", platform{os: runtime.GOOS}.executable("wazedge"))
	if _, err := os.Stat(tool); err != nil {
		if _, err := b.build(ctx, platform{os: runtime.GOOS, arch: runtime.GOARCH, level: "GOWORK=off"}); err != nil {
			return nil, err
		}
	}
	var beside []entry
	for name, args := range map[string][]string{
		manual: {"man"}, bash: {"completion", "bash"}, zsh: {"completion", "zsh"}, fish: {"completion", "fish"},
	} {
		text, err := run(b.work, []string{"HOME=" + b.work, "COLUMNS=80"}, tool, args...)
		if err != nil {
			return nil, err
		}
		beside = append(beside, entry{name, 0o644, []byte(text)})
	}
	for _, name := range []string{"LICENSE", "README.md", "CHANGELOG.md"} {
		text, err := os.ReadFile(filepath.Join(b.root, name))
		if err != nil {
			return nil, err
		}
		beside = append(beside, entry{name, 0o644, text})
	}
	notices, err := b.notices(programs)
	return sorted(append(beside, entry{"THIRD-PARTY-LICENSES.txt", 0o644, notices})), err
}

// Names of companions.
const (
	manual = "wazedge.1"
	bash   = "completions/wazedge.bash"
	zsh    = "completions/_wazedge"
	fish   = "completions/wazedge.fish"
)

// zipped is content as gzip has it, without a name and a time.
func zipped(content []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	w.Write(content)
	w.Close()
	return b.Bytes()
}
