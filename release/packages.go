package main

import (
	"bytes"
	"os"
	"path/filepath"

	"github.com/goreleaser/nfpm/v2"
	_ "github.com/goreleaser/nfpm/v2/apk" // formats register themselves
	_ "github.com/goreleaser/nfpm/v2/deb"
	"github.com/goreleaser/nfpm/v2/files"
	_ "github.com/goreleaser/nfpm/v2/rpm"
)

// formats are those of packages, and where each system looks for completions of zsh and fish.
var formats = []struct{ name, zsh, fish string }{
	{"deb", "/usr/share/zsh/vendor-completions/_wazedge", "/usr/share/fish/vendor_completions.d/wazedge.fish"},
	{"rpm", "/usr/share/zsh/site-functions/_wazedge", "/usr/share/fish/vendor_completions.d/wazedge.fish"},
	{"apk", "/usr/share/zsh/site-functions/_wazedge", "/usr/share/fish/vendor_completions.d/wazedge.fish"},
}

// packages writes the package wazedge for each processor under Linux, and once the package
// wazedge-wasmedge, which has the names wasmedge and wasmedgec and takes the place of WasmEdge's.
func (r *release) packages(programs []*program, beside []entry) error {
	for _, f := range formats {
		for _, p := range programs {
			if p.packaged == "" {
				continue
			}
			contents, err := r.contents(map[string]string{
				"wazedge": "/usr/bin/wazedge", manual: "/usr/share/man/man1/wazedge.1.gz", bash: "/usr/share/bash-completion/completions/wazedge",
				zsh: f.zsh, fish: f.fish, "LICENSE": "/usr/share/doc/wazedge/copyright", "CHANGELOG.md": "/usr/share/doc/wazedge/changelog.gz",
				"README.md": "/usr/share/doc/wazedge/README.md", "THIRD-PARTY-LICENSES.txt": "/usr/share/doc/wazedge/THIRD-PARTY-LICENSES.txt",
			}, append([]entry{{p.file(), 0o755, p.content}}, beside...))
			if err != nil {
				return err
			}
			info := r.packageInfo("wazedge", p.packaged, summary, contents)
			if err := r.pack(f.name, info); err != nil {
				return err
			}
		}
		if err := r.pack(f.name, r.replacement()); err != nil {
			return err
		}
	}
	return nil
}

// replacement is the package of the names that WasmEdge's has.
func (r *release) replacement() *nfpm.Info {
	var links files.Contents
	for _, tool := range []string{"wasmedge", "wasmedgec"} {
		links = append(links,
			&files.Content{Type: files.TypeSymlink, Source: "wazedge", Destination: "/usr/bin/" + tool},
			&files.Content{Type: files.TypeSymlink, Source: "wazedge.1.gz", Destination: "/usr/share/man/man1/" + tool + ".1.gz"},
			&files.Content{Type: files.TypeSymlink, Source: "wazedge", Destination: "/usr/share/bash-completion/completions/" + tool})
	}
	info := r.packageInfo("wazedge-wasmedge", "all", "The names wasmedge and wasmedgec for wazedge", links)
	info.APK.Arch = "noarch"
	info.Depends = []string{"wazedge"}
	info.Conflicts = []string{"wasmedge"}
	info.Provides = []string{"wasmedge"}
	info.Replaces = []string{"wasmedge"}
	return info
}

// contents are the files of a package, put where nfpm reads them. at says where each goes to.
func (r *release) contents(at map[string]string, entries []entry) (files.Contents, error) {
	var contents files.Contents
	for _, e := range entries {
		if e.mode == link {
			contents = append(contents, &files.Content{Type: files.TypeSymlink, Source: string(e.content), Destination: at[e.name]})
			continue
		}
		source := filepath.Join(r.work, "files", filepath.FromSlash(e.name))
		if err := os.MkdirAll(filepath.Dir(source), 0o777); err != nil {
			return nil, err
		}
		content := e.content
		if filepath.Ext(at[e.name]) == ".gz" {
			content = zipped(content)
		}
		if err := os.WriteFile(source, content, 0o666); err != nil {
			return nil, err
		}
		contents = append(contents, &files.Content{
			Source: source, Destination: at[e.name],
			FileInfo: &files.ContentFileInfo{Owner: "root", Group: "root", Mode: os.FileMode(e.mode), MTime: r.time},
		})
	}
	return contents, nil
}

func (r *release) packageInfo(name, arch, description string, contents files.Contents) *nfpm.Info {
	info := &nfpm.Info{
		Name: name, Arch: arch, Platform: "linux", Version: r.version, Release: "1", Section: "utils", Priority: "optional",
		Maintainer: maintainer, Vendor: "wazedge", Description: description, Homepage: homepage, License: license, MTime: r.time, DisableGlobbing: true,
	}
	info.Contents = contents
	info.RPM.BuildHost = "wazedge"
	info.RPM.Summary = description
	return nfpm.WithDefaults(info)
}

// pack writes a package.
func (r *release) pack(format string, info *nfpm.Info) error {
	if err := nfpm.PrepareForPackager(info, format); err != nil {
		return err
	}
	packager, err := nfpm.Get(format)
	if err != nil {
		return err
	}
	name := packager.ConventionalFileName(info) // settles the architecture, too
	var b bytes.Buffer
	if err := packager.Package(info, &b); err != nil {
		return err
	}
	return r.write(name, b.Bytes())
}
