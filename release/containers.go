package main

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// What is told of the programs for containers.
const (
	containers        = "wazedge-containers"
	containersSummary = "Run WebAssembly programs in containers: an OCI runtime, a shim for containerd, OCI images"
)

// secondShim is another name for the shim, by which containerd finds it as io.containerd.wasmedge.v1.
const secondShim = "containerd-shim-wasmedge-v1"

// containerTools are the programs of the module shim that a platform has: containers are Linux's, and what
// makes images runs where people work too.
func (p platform) containerTools() []string {
	switch {
	case p.os == "linux" && (p.arch == "amd64" || p.arch == "arm64"):
		return []string{"containerd-shim-wazedge-v1", "wazedge-artifact", "wazedge-image", "wazedge-oci", "wazedge-shim"}
	case p.os == "darwin", p.os == "windows":
		return []string{"wazedge-image"}
	}
	return nil
}

// containers writes, for each platform that has programs for containers, an archive with them, a bill of materials, and
// under Linux packages.
func (r *release) containers(ctx context.Context, targets []platform) error {
	for _, p := range targets {
		if len(p.containerTools()) == 0 {
			continue
		}
		tools, err := r.buildContainers(ctx, p)
		if err != nil {
			return err
		}
		beside, err := r.besideContainers(p, tools)
		if err != nil {
			return err
		}
		var entries []entry
		for _, t := range tools {
			entries = append(entries, entry{t.file(), 0o755, t.content})
		}
		if p.os == "linux" {
			entries = append(entries, entry{secondShim, link, []byte("containerd-shim-wazedge-v1")})
		}
		entries = append(entries, beside...)
		if err := r.packContainers(p, entries); err != nil {
			return err
		}
		if err := r.archiveOf(containers, p, entries); err != nil {
			return err
		}
		if err := r.billOf(containers, containersSummary, p, tools); err != nil {
			return err
		}
	}
	return nil
}

// buildContainers builds the programs for p, of the tree: nobody installs them by their version.
func (r *release) buildContainers(_ context.Context, p platform) ([]*program, error) {
	dir := filepath.Join(r.work, containers, p.String())
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	at := filepath.Join(r.root, "shim")
	env := append(slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "GOOS=") || strings.HasPrefix(v, "GOARCH=") || strings.HasPrefix(v, "GOFLAGS=") || strings.HasPrefix(v, "GOEXPERIMENT=")
	}), "CGO_ENABLED=0", "GOOS="+p.os, "GOARCH="+p.arch, p.level)
	var tools []*program
	for _, name := range p.containerTools() {
		t := &program{platform: p, name: name, dir: at}
		file := filepath.Join(dir, t.file())
		if _, err := run(at, env, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", file, "./cmd/"+name); err != nil {
			return nil, err
		}
		var err error
		if t.content, err = os.ReadFile(file); err != nil {
			return nil, err
		}
		if t.info, err = buildinfo.Read(bytes.NewReader(t.content)); err != nil {
			return nil, err
		}
		tools = append(tools, t)
	}
	return tools, nil
}

// besideContainers are the files that come with the programs: what is read, and what a node is set up with.
func (r *release) besideContainers(p platform, tools []*program) ([]entry, error) {
	notices, err := r.notices(tools)
	if err != nil {
		return nil, err
	}
	beside := []entry{{"THIRD-PARTY-LICENSES.txt", 0o644, notices}}
	for name, from := range map[string]string{"LICENSE": "LICENSE", "CONTAINERS.md": "docs/CONTAINERS.md"} {
		text, err := os.ReadFile(filepath.Join(r.root, filepath.FromSlash(from)))
		if err != nil {
			return nil, err
		}
		beside = append(beside, entry{name, 0o644, text})
	}
	if p.os == "linux" {
		deploy, err := filesIn(filepath.Join(r.root, "shim", "deploy"))
		if err != nil {
			return nil, err
		}
		for _, e := range deploy {
			if strings.HasSuffix(e.name, ".sh") {
				e.mode = 0o755
			}
			beside = append(beside, entry{"deploy/" + e.name, e.mode, e.content})
		}
	}
	return sorted(beside), nil
}

// packContainers writes the packages of the programs, which need that of wazedge.
func (r *release) packContainers(p platform, entries []entry) error {
	if p.os != "linux" {
		return nil
	}
	at := map[string]string{"LICENSE": "/usr/share/doc/" + containers + "/copyright"}
	for _, e := range entries {
		switch {
		case e.mode == 0o755 && !strings.Contains(e.name, "/"), e.mode == link:
			at[e.name] = "/usr/bin/" + e.name
		case at[e.name] == "":
			at[e.name] = "/usr/share/doc/" + containers + "/" + e.name
		}
	}
	for _, f := range formats {
		contents, err := r.contents(at, entries)
		if err != nil {
			return err
		}
		info := r.packageInfo(containers, p.packaged, containersSummary, contents)
		info.Depends = []string{"wazedge"}
		info.Recommends = []string{"runc"}
		if err := r.pack(f.name, info); err != nil {
			return err
		}
	}
	return nil
}
