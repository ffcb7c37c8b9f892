package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/CycloneDX/cyclonedx-go"
)

// bills writes a bill of materials for each program.
func (r *release) bills(programs []*program, _ []entry) error {
	for _, p := range programs {
		if err := r.billOf("wazedge", summary, p.platform, []*program{p}); err != nil {
			return err
		}
	}
	return nil
}

// billOf writes a bill of materials in CycloneDX's form of what is called so, for p, of what Go has noted in
// the programs.
func (r *release) billOf(what, about string, p platform, programs []*program) error {
	bom, err := r.bill(what, about, programs)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	e := cyclonedx.NewBOMEncoder(&b, cyclonedx.BOMFileFormatJSON).SetPretty(true)
	if err := e.EncodeVersion(bom, cyclonedx.SpecVersion1_6); err != nil {
		return err
	}
	return r.write(r.nameOf(what, p.String())+".cdx.json", b.Bytes())
}

// bill is the bill of programs for one platform.
func (r *release) bill(what, about string, programs []*program) (*cyclonedx.BOM, error) {
	first, all := programs[0], sha256.New()
	for _, p := range programs {
		all.Write(p.content)
	}
	digest := [sha256.Size]byte(all.Sum(nil))
	bom := cyclonedx.NewBOM()
	bom.SerialNumber = serial(digest)
	own := purl(modulePath, "v"+r.version)
	bom.Metadata = &cyclonedx.Metadata{
		Timestamp: r.time.Format(time.RFC3339),
		Component: &cyclonedx.Component{
			BOMRef: own, Type: cyclonedx.ComponentTypeApplication, Name: what, Version: r.version, PackageURL: own,
			Description: about, Licenses: licensed(license),
		},
		Properties: &[]cyclonedx.Property{{Name: "build:platform", Value: first.os + "/" + first.arch}, {Name: "build:go", Value: first.info.GoVersion}},
	}
	if len(programs) == 1 {
		bom.Metadata.Component.Hashes = hashed(first.content)
	}
	var components []cyclonedx.Component
	var refs []string
	seen := map[string]bool{}
	for _, p := range programs {
		if len(programs) > 1 {
			ref := own + "#" + p.name
			components, refs = append(components, cyclonedx.Component{
				BOMRef: ref, Type: cyclonedx.ComponentTypeApplication, Name: p.name, Version: r.version, Licenses: licensed(license), Hashes: hashed(p.content),
			}), append(refs, ref)
		}
		parts, err := r.parts(p)
		if err != nil {
			return nil, err
		}
		for _, m := range parts {
			ref := purl(m.path, m.version)
			if seen[ref] {
				continue
			}
			seen[ref] = true
			c := cyclonedx.Component{
				BOMRef: ref, Type: cyclonedx.ComponentTypeLibrary, Name: m.path, Version: m.version, PackageURL: ref, Licenses: licensed(m.licence),
			}
			if m.sum != "" {
				c.Properties = &[]cyclonedx.Property{{Name: "go:sum", Value: m.sum}}
			}
			components, refs = append(components, c), append(refs, ref)
		}
	}
	bom.Components = &components
	bom.Dependencies = &[]cyclonedx.Dependency{{Ref: own, Dependencies: &refs}}
	return bom, nil
}

// hashed is the checksum of a program as a bill has it.
func hashed(content []byte) *[]cyclonedx.Hash {
	digest := sha256.Sum256(content)
	return &[]cyclonedx.Hash{{Algorithm: cyclonedx.HashAlgoSHA256, Value: hex.EncodeToString(digest[:])}}
}

// purl is the package URL of a module.
func purl(path, version string) string {
	if path == "stdlib" {
		return "pkg:golang/std@" + version
	}
	return "pkg:golang/" + path + "@" + version
}

func licensed(id string) *cyclonedx.Licenses {
	return &cyclonedx.Licenses{{License: &cyclonedx.License{ID: id}}}
}

// serial is a UUID (version 8) made of a digest, so that the same program has the same bill.
func serial(digest [32]byte) string {
	u := digest[:16]
	u[6], u[8] = u[6]&0x0f|0x80, u[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:16])
}
