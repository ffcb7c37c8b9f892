package main

import (
	"fmt"
	"strings"
)

// platform is what is built for.
type platform struct {
	os, arch string
	// level is the least processor, as the go command is told it.
	level string
	// packaged is the architecture in the terms of nfpm; none is packaged without it.
	packaged string
	// variant is that of the OCI image's platform.
	variant string
}

// platforms are those of a release, which .ci/run builds for every change.
var platforms = []platform{
	{os: "linux", arch: "amd64", level: "GOAMD64=v1", packaged: "amd64"},
	{os: "linux", arch: "arm64", level: "GOARM64=v8.0", packaged: "arm64"},
	{os: "linux", arch: "386", level: "GO386=sse2", packaged: "386"},
	{os: "linux", arch: "arm", level: "GOARM=6", packaged: "arm6", variant: "v6"},
	{os: "linux", arch: "riscv64", level: "GORISCV64=rva20u64", packaged: "riscv64"},
	{os: "darwin", arch: "amd64", level: "GOAMD64=v1"},
	{os: "darwin", arch: "arm64", level: "GOARM64=v8.0"},
	{os: "windows", arch: "amd64", level: "GOAMD64=v1"},
	{os: "windows", arch: "arm64", level: "GOARM64=v8.0"},
	{os: "freebsd", arch: "amd64", level: "GOAMD64=v1"},
	{os: "netbsd", arch: "amd64", level: "GOAMD64=v1"},
	{os: "openbsd", arch: "amd64", level: "GOAMD64=v1"},
}

func (p platform) String() string { return p.os + "-" + p.arch }

// executable is the name of the file of a program there.
func (p platform) executable(name string) string {
	if p.os == "windows" {
		return name + ".exe"
	}
	return name
}

// chosen are the platforms of a list of GOOS/GOARCH, or all.
func chosen(only string) ([]platform, error) {
	if only == "" {
		return platforms, nil
	}
	var ps []platform
next:
	for want := range strings.SplitSeq(only, ",") {
		for _, p := range platforms {
			if p.os+"/"+p.arch == want {
				ps = append(ps, p)
				continue next
			}
		}
		return nil, fmt.Errorf("no platform %q", want)
	}
	return ps, nil
}
