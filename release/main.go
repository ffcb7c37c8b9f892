// Command release makes a release of the tree that it stands in: for every platform a static binary,
// an archive and a bill of materials; packages for Debian, RPM and Alpine; a Homebrew formula, a Scoop
// manifest, an OCI image; the same of the programs for containers (shim); and the checksums of all.
//
// The same commit and the same Go give the same bytes, wherever the tree lies. The binaries are those
// that "CGO_ENABLED=0 go install -trimpath -ldflags='-s -w' MODULE@VERSION" gives, so that anybody can compare.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	modulePath = "github.com/wazedge/wazedge"
	homepage   = "https://" + modulePath
	maintainer = "The wazedge authors <wazedge@users.noreply.github.com>"
	license    = "Apache-2.0"
	summary    = "Run WebAssembly programs as the wasmedge command does, in one static file"
)

func main() {
	from := flag.String("from", ".", "directory that -out is relative to")
	out := flag.String("out", "dist", "directory to write to; what it has is removed")
	platforms := flag.String("platforms", "", "GOOS/GOARCH,...: these alone, instead of all")
	version := flag.String("version", "", "version without v (default: the first of CHANGELOG.md)")
	dirty := flag.Bool("dirty", false, "take the tree as it is, although it is not what is committed")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "unknown word: %s\n", flag.Arg(0))
		os.Exit(2)
	}
	err := func() error {
		dir, err := filepath.Abs(filepath.Join(*from, *out))
		if filepath.IsAbs(*out) {
			dir, err = *out, nil
		}
		if err != nil {
			return err
		}
		r, err := newRelease("..", dir, *version, *dirty)
		if err != nil {
			return err
		}
		defer os.RemoveAll(r.work)
		return r.make(context.Background(), *platforms)
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// release is one release of the tree at root.
type release struct {
	root    string
	dist    string // where it is written to
	work    string // a directory to work in
	version string // without v
	time    time.Time
	modules map[string]string // where the modules are that programs are made of
}

// newRelease looks the version and the time of the tree up, and makes its directories.
func newRelease(root, dist, version string, dirty bool) (*release, error) {
	r := &release{root: root, dist: dist, version: version}
	changes, err := os.ReadFile(filepath.Join(root, "CHANGELOG.md"))
	if err != nil {
		return nil, err
	}
	if first := regexp.MustCompile(`(?m)^## (\S+)`).FindSubmatch(changes); r.version == "" && first != nil {
		r.version = string(first[1])
	}
	if !regexp.MustCompile(`^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$`).MatchString(r.version) {
		return nil, fmt.Errorf("%q is no version in the terms of semver.org", r.version)
	}
	if r.time, err = r.committed(dirty); err != nil {
		return nil, err
	}
	if r.work, err = os.MkdirTemp("", "wazedge-release"); err != nil {
		return nil, err
	}
	if err := os.RemoveAll(dist); err != nil {
		return nil, err
	}
	return r, os.MkdirAll(dist, 0o777)
}

// committed is when the tree was committed: SOURCE_DATE_EPOCH, or what git says.
func (r *release) committed(dirty bool) (time.Time, error) {
	if changed, err := run(r.root, nil, "git", "status", "--porcelain"); err == nil && changed != "" && !dirty {
		return time.Time{}, errors.New("the tree is not what is committed (-dirty takes it as it is)")
	}
	text, ok := os.LookupEnv("SOURCE_DATE_EPOCH")
	if !ok {
		var err error
		if text, err = run(r.root, nil, "git", "log", "-1", "--format=%ct"); err != nil {
			return time.Time{}, err
		}
	}
	seconds, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	return time.Unix(seconds, 0).UTC(), err
}

// make writes everything.
func (r *release) make(ctx context.Context, only string) error {
	targets, err := chosen(only)
	if err != nil {
		return err
	}
	b, err := r.newBuilder()
	if err != nil {
		return err
	}
	var programs []*program
	for _, t := range targets {
		p, err := b.build(ctx, t)
		if err != nil {
			return err
		}
		programs = append(programs, p)
	}
	beside, err := b.companions(ctx, programs)
	if err != nil {
		return err
	}
	for _, step := range []func([]*program, []entry) error{r.archives, r.bills, r.packages, r.image, r.formula, r.manifest} {
		if err := step(programs, beside); err != nil {
			return err
		}
	}
	if err := r.containers(ctx, targets); err != nil {
		return err
	}
	return r.checksums()
}

// run is what a command prints in the directory dir.
func run(dir string, env []string, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env, cmd.Stderr = dir, env, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return string(out), nil
}

// name is the name of a file of the release.
func (r *release) name(rest string) string { return r.nameOf("wazedge", rest) }

// nameOf is the name of a file of the release of what is called so.
func (r *release) nameOf(what, rest string) string { return what + "-" + r.version + "-" + rest }

// write writes a file of the release.
func (r *release) write(name string, content []byte) error {
	return os.WriteFile(filepath.Join(r.dist, name), content, 0o666)
}
