package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"text/template"
)

// released is where the files of a version can be had.
func (r *release) released(name string) string {
	return homepage + "/releases/download/v" + r.version + "/" + name
}

//go:embed wazedge.rb.tmpl
var formulaText string

// download is an archive as managers of packages name it.
type download struct{ URL, SHA256 string }

// formula writes the formula for Homebrew, if all that it names has been built.
func (r *release) formula(programs []*program, _ []entry) error {
	archives, err := r.downloads(programs)
	if err != nil {
		return err
	}
	for _, p := range []string{"darwin-amd64", "darwin-arm64", "linux-amd64", "linux-arm64"} {
		if _, ok := archives[p]; !ok {
			return nil
		}
	}
	var b bytes.Buffer
	err = template.Must(template.New("formula").Parse(formulaText)).Execute(&b, map[string]any{
		"Summary": summary, "Homepage": homepage, "Version": r.version, "License": license,
		"MacIntel": archives["darwin-amd64"], "MacARM": archives["darwin-arm64"],
		"LinuxIntel": archives["linux-amd64"], "LinuxARM": archives["linux-arm64"],
	})
	if err != nil {
		return err
	}
	return r.write("wazedge.rb", b.Bytes())
}

// downloads are the archives by platform.
func (r *release) downloads(programs []*program) (map[string]download, error) {
	archives := map[string]download{}
	for _, p := range programs {
		name := r.archive(p.platform)
		sum, err := r.sum(name)
		if err != nil {
			return nil, err
		}
		archives[p.String()] = download{r.released(name), sum}
	}
	return archives, nil
}

// scoop is a manifest for Scoop.
type scoop struct {
	Version      string                   `json:"version"`
	Description  string                   `json:"description"`
	Homepage     string                   `json:"homepage"`
	License      string                   `json:"license"`
	Architecture map[string]scoopDownload `json:"architecture"`
	Bin          string                   `json:"bin"`
	CheckVersion string                   `json:"checkver"`
	Update       scoopUpdate              `json:"autoupdate"`
}

type scoopDownload struct {
	URL     string `json:"url"`
	Hash    string `json:"hash,omitempty"`
	Extract string `json:"extract_dir"`
}

type scoopUpdate struct {
	Architecture map[string]scoopDownload `json:"architecture"`
	Hash         map[string]string        `json:"hash"`
}

// manifest writes the manifest for Scoop, if there is a program for Windows.
func (r *release) manifest(programs []*program, _ []entry) error {
	archives, err := r.downloads(programs)
	if err != nil {
		return err
	}
	m := scoop{
		Version: r.version, Description: summary, Homepage: homepage, License: license, Bin: "wazedge.exe", CheckVersion: "github",
		Architecture: map[string]scoopDownload{},
		Update:       scoopUpdate{Architecture: map[string]scoopDownload{}, Hash: map[string]string{"url": homepage + "/releases/download/v$version/SHA256SUMS"}},
	}
	for name, arch := range map[string]string{"64bit": "amd64", "arm64": "arm64"} {
		a, ok := archives["windows-"+arch]
		if !ok {
			continue
		}
		m.Architecture[name] = scoopDownload{a.URL, a.SHA256, r.name("windows-" + arch)}
		next := "wazedge-$version-windows-" + arch
		m.Update.Architecture[name] = scoopDownload{URL: homepage + "/releases/download/v$version/" + next + ".zip", Extract: next}
	}
	if len(m.Architecture) == 0 {
		return nil
	}
	text, err := json.MarshalIndent(m, "", "    ")
	if err != nil {
		return err
	}
	return r.write("wazedge.json", append(text, '\n'))
}
