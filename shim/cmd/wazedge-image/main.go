// Command wazedge-image makes, sends, gets and lists OCI images of WebAssembly modules. It is
// what "wazedge image" runs: the libraries for it would cost every start of wazedge.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/wazedge/wazedge/shim/internal/image"
)

const usage = `wazedge image: OCI images and artifacts of modules

Usage
  wazedge image build [-t NAME:TAG] [-o FILE.tar|DIR] [-artifact]
                      [-platform OS/ARCH] FILE.wasm|FILE.wat|DIR
  wazedge image push NAME:TAG
  wazedge image pull NAME:TAG
  wazedge image run [OPTIONS OF wazedge run] NAME:TAG [ARG ...]
  wazedge image ls [-json]

A directory may hold image.json: {"entrypoint": "app.wasm", "args": [],
"env": {}, "dir": "", "user": "", "labels": {}}. The platform is wasi/wasm
unless another is named; Kubernetes of today wants linux/amd64 or linux/arm64.
Credentials for registries are those of "docker login".
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintf(os.Stderr, "wazedge image: %v\n", err)
		}
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 || args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		fmt.Print(usage)
		return nil
	}
	store, err := image.DefaultStore()
	if err != nil {
		return err
	}
	set := flag.NewFlagSet("wazedge image "+args[0], flag.ContinueOnError)
	set.Usage = func() { fmt.Fprint(os.Stderr, usage) }
	switch args[0] {
	case "build":
		return build(store, set, args[1:])
	case "ls":
		return list(store, set, args[1:])
	case "push", "pull", "locate":
	default:
		return fmt.Errorf("no command %q: build, push, pull, run or ls", args[0])
	}
	if err := set.Parse(args[1:]); err != nil {
		return err
	}
	if set.NArg() != 1 {
		return fmt.Errorf("%s: want the name of one image", args[0])
	}
	ref, err := image.Parse(set.Arg(0))
	if err != nil {
		return err
	}
	switch args[0] {
	case "push":
		return push(ctx, store, ref)
	case "pull":
		_, err := pull(ctx, store, ref)
		return err
	default:
		return locate(ctx, store, ref)
	}
}

// build makes an image.
func build(store image.Store, set *flag.FlagSet, args []string) error {
	tag := set.String("t", "", "")
	out := set.String("o", "", "")
	artifact := set.Bool("artifact", false, "")
	platform := set.String("platform", "wasi/wasm", "")
	if err := set.Parse(args); err != nil {
		return err
	}
	if set.NArg() != 1 {
		return errors.New("build: want one module or directory")
	}
	p, err := image.ParsePlatform(*platform)
	if err != nil {
		return err
	}
	img, err := image.Build(set.Arg(0), image.Options{Platform: p, Artifact: *artifact})
	if err != nil {
		return err
	}
	if *tag == "" {
		base := filepath.Base(set.Arg(0))
		*tag = strings.ToLower(strings.TrimSuffix(base, filepath.Ext(base)))
	}
	ref, err := image.Parse(*tag)
	if err != nil {
		return err
	}
	if err := keep(store, *out, ref, img); err != nil {
		return err
	}
	digest, err := img.Digest()
	if err != nil {
		return err
	}
	fmt.Printf("%s@%s\n", ref.Name(), digest)
	return nil
}

// keep writes img where it is wanted: to a tar, a layout, or the store.
func keep(store image.Store, out string, ref name.Reference, img v1.Image) error {
	switch {
	case strings.HasSuffix(out, ".tar"):
		f, err := os.Create(out)
		if err != nil {
			return err
		}
		return errors.Join(image.WriteArchive(f, ref.Name(), img), f.Close())
	case out != "":
		store = image.Store{Dir: out}
	}
	return store.Put(ref.Name(), img)
}

func push(ctx context.Context, store image.Store, ref name.Reference) error {
	bar := newBar("push " + ref.Name())
	digest, err := store.Push(ctx, ref, bar.progress)
	bar.end()
	if errors.Is(err, image.ErrNone) {
		return fmt.Errorf("%w; wazedge image ls lists what there is", err)
	}
	if err != nil {
		return err
	}
	fmt.Printf("%s@%s\n", ref.Name(), digest)
	return nil
}

func pull(ctx context.Context, store image.Store, ref name.Reference) (v1.Image, error) {
	bar := newBar("pull " + ref.Name())
	img, err := store.Pull(ctx, ref, bar.progress)
	bar.end()
	if err != nil {
		return nil, err
	}
	digest, err := img.Digest()
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(os.Stderr, "%s@%s\n", ref.Name(), digest)
	return img, nil
}

// locate prints where the module of an image is, which is got if it is not here: what
// wazedge asks for.
func locate(ctx context.Context, store image.Store, ref name.Reference) error {
	img, err := store.Get(ref.Name())
	if errors.Is(err, image.ErrNone) {
		img, err = pull(ctx, store, ref)
	}
	if err != nil {
		return err
	}
	program, err := store.Extract(img)
	if err != nil {
		return fmt.Errorf("%s: %w", ref.Name(), err)
	}
	return json.NewEncoder(os.Stdout).Encode(program)
}

// list prints the images of the store.
func list(store image.Store, set *flag.FlagSet, args []string) error {
	asJSON := set.Bool("json", false, "")
	if err := set.Parse(args); err != nil {
		return err
	}
	all, err := store.List()
	if err != nil {
		return err
	}
	if *asJSON {
		if all == nil {
			all = []image.Entry{}
		}
		return json.NewEncoder(os.Stdout).Encode(all)
	}
	return table(os.Stdout, all)
}

func table(w io.Writer, all []image.Entry) error {
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "NAME\tDIGEST\tPLATFORM\tKIND\tBYTES")
	for _, e := range all {
		kind := "image"
		if e.Artifact {
			kind = "artifact"
		}
		fmt.Fprintf(t, "%s\t%.12s\t%s\t%s\t%d\n", e.Name, e.Digest.Hex, e.Platform, kind, e.Size)
	}
	return t.Flush()
}
