package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/CycloneDX/cyclonedx-go"
)

// bills writes a bill of materials in CycloneDX's form for each program, of what Go has noted in it.
func (r *release) bills(programs []*program, _ []entry) error {
	for _, p := range programs {
		parts, err := r.parts(p)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		e := cyclonedx.NewBOMEncoder(&b, cyclonedx.BOMFileFormatJSON).SetPretty(true)
		if err := e.EncodeVersion(r.bill(p, parts), cyclonedx.SpecVersion1_6); err != nil {
			return err
		}
		if err := r.write(r.name(p.String())+".cdx.json", b.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

func (r *release) bill(p *program, parts []part) *cyclonedx.BOM {
	digest := sha256.Sum256(p.content)
	bom := cyclonedx.NewBOM()
	bom.SerialNumber = serial(digest)
	own := purl(modulePath, "v"+r.version)
	bom.Metadata = &cyclonedx.Metadata{
		Timestamp: r.time.Format(time.RFC3339),
		Component: &cyclonedx.Component{
			BOMRef: own, Type: cyclonedx.ComponentTypeApplication, Name: "wazedge", Version: r.version, PackageURL: own,
			Description: summary, Licenses: licensed(license),
			Hashes: &[]cyclonedx.Hash{{Algorithm: cyclonedx.HashAlgoSHA256, Value: hex.EncodeToString(digest[:])}},
		},
		Properties: &[]cyclonedx.Property{{Name: "build:platform", Value: p.os + "/" + p.arch}, {Name: "build:go", Value: p.info.GoVersion}},
	}
	var components []cyclonedx.Component
	var refs []string
	for _, m := range parts {
		ref := purl(m.path, m.version)
		c := cyclonedx.Component{
			BOMRef: ref, Type: cyclonedx.ComponentTypeLibrary, Name: m.path, Version: m.version, PackageURL: ref, Licenses: licensed(m.licence),
		}
		if m.sum != "" {
			c.Properties = &[]cyclonedx.Property{{Name: "go:sum", Value: m.sum}}
		}
		components, refs = append(components, c), append(refs, ref)
	}
	bom.Components = &components
	bom.Dependencies = &[]cyclonedx.Dependency{{Ref: own, Dependencies: &refs}}
	return bom
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
