package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
)

// licences are those under which a module may be part of the program, told by their words.
var licences = []struct {
	id    string
	words *regexp.Regexp
}{
	{"Apache-2.0", regexp.MustCompile(`Apache License\s+Version 2\.0`)},
	{"CC0-1.0", regexp.MustCompile(`CC0 1\.0 Universal`)},
	{"BSD-3-Clause", regexp.MustCompile(`(?s)Redistribution and use in source and binary forms.*(Neither the name|nor the names)`)},
	{"BSD-2-Clause", regexp.MustCompile(`Redistribution and use in source and binary forms`)},
	{"ISC", regexp.MustCompile(`Permission to use, copy, modify, and(/or)? distribute this software`)},
	{"MIT", regexp.MustCompile(`Permission is hereby granted, free of charge`)},
}

// part is a module that a program is made of.
type part struct {
	path, version, sum string
	licence            string // an identifier of SPDX
	text               []byte
}

// parts are the modules that p is made of, Go's standard library first.
func (r *release) parts(p *program) ([]part, error) {
	root, err := run(p.dir, nil, "go", "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	std, err := licenceIn(strings.TrimSpace(root), "")
	if err != nil {
		return nil, err
	}
	ps := []part{{path: "stdlib", version: strings.TrimPrefix(p.info.GoVersion, "go"), licence: std.licence, text: std.text}}
	for _, m := range p.info.Deps {
		dir, err := r.moduleDir(p.dir, m)
		if err != nil {
			return nil, err
		}
		l, err := licenceIn(dir, m.Path)
		if err != nil {
			return nil, err
		}
		ps = append(ps, part{m.Path, m.Version, m.Sum, l.licence, l.text})
	}
	return ps, nil
}

// moduleDir is where the build of the module in the directory at has m.
func (r *release) moduleDir(at string, m *debug.Module) (string, error) {
	if r.modules == nil {
		r.modules = map[string]string{}
	}
	if _, asked := r.modules[at]; !asked {
		list, err := run(at, nil, "go", "list", "-m", "-f", "{{.Path}}@{{.Version}}\t{{.Dir}}", "all")
		if err != nil {
			return "", err
		}
		r.modules[at] = at
		for line := range strings.Lines(list) {
			name, dir, _ := strings.Cut(strings.TrimSpace(line), "\t")
			r.modules[at+" "+name] = dir
		}
	}
	dir := r.modules[at+" "+m.Path+"@"+m.Version]
	if dir == "" {
		return "", fmt.Errorf("%s: the build has no %s %s", at, m.Path, m.Version)
	}
	return dir, nil
}

// licenceIn finds the licence of the module in dir.
func licenceIn(dir, path string) (part, error) {
	for _, pattern := range []string{"LICENSE*", "LICENCE*", "COPYING*"} {
		names, _ := filepath.Glob(filepath.Join(dir, pattern))
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				return part{}, err
			}
			for _, l := range licences {
				if l.words.Match(text) {
					return part{licence: l.id, text: text}, nil
				}
			}
		}
	}
	return part{}, fmt.Errorf("%s: no licence that is known here", cmp.Or(path, dir))
}

// notices is the text of the licences of all that the programs are made of.
func (r *release) notices(programs []*program) ([]byte, error) {
	texts := map[string][]byte{}
	for _, p := range programs {
		ps, err := r.parts(p)
		if err != nil {
			return nil, err
		}
		for _, m := range ps {
			texts[m.path+" "+m.version] = m.text
		}
	}
	var names []string
	for name := range texts {
		names = append(names, name)
	}
	slices.Sort(names)
	var b bytes.Buffer
	b.WriteString("wazedge contains the following, under the licences that follow each.\n")
	for _, name := range names {
		fmt.Fprintf(&b, "\n%s\n%s\n%s\n\n%s\n", strings.Repeat("=", 80), name, strings.Repeat("=", 80), bytes.TrimSpace(texts[name]))
	}
	return b.Bytes(), nil
}
