// Command wazedge-artifact gets the module of a container's image from containerd, where the image
// is an OCI artifact of WebAssembly, which has no files: what wazedge-oci asks for when it does not
// find the entrypoint of a container. It prints the path of the module, or nothing if the image
// is no artifact.
//
//	wazedge-artifact ADDRESS NAMESPACE CONTAINER DIR
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	containers "github.com/containerd/containerd/api/services/containers/v1"
	content "github.com/containerd/containerd/api/services/content/v1"
	images "github.com/containerd/containerd/api/services/images/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	"github.com/wazedge/wazedge/shim/internal/image"
)

func main() {
	if len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "wazedge-artifact: want ADDRESS NAMESPACE CONTAINER DIR")
		os.Exit(2)
	}
	path, err := find(os.Args[1], os.Args[2], os.Args[3], os.Args[4])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Print(path)
}

// timeout is how long containerd may take to answer.
const timeout = 30 * time.Second

// descriptor is what there is to know of a blob.
type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int64             `json:"size"`
	Annotations map[string]string `json:"annotations"`
}

// find writes the module of a container's image to a file below dir, and returns its path, which is empty
// if the image is no artifact.
func find(address, namespace, container, dir string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	ctx = metadata.AppendToOutgoingContext(ctx, "containerd-namespace", namespace)
	conn, err := grpc.NewClient("unix://"+address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return "", err
	}
	defer conn.Close()
	c, err := containers.NewContainersClient(conn).Get(ctx, &containers.GetContainerRequest{ID: container})
	if err != nil {
		return "", err
	}
	if c.GetContainer().GetImage() == "" {
		return "", nil
	}
	img, err := images.NewImagesClient(conn).Get(ctx, &images.GetImageRequest{Name: c.Container.Image})
	if err != nil {
		return "", err
	}
	blobs := content.NewContentClient(conn)
	module, err := moduleOf(ctx, blobs, img.GetImage().GetTarget().GetDigest())
	if err != nil || module == nil {
		return "", err
	}
	return keep(ctx, blobs, module, dir)
}

// maxManifest is how large a manifest may be, in bytes.
const maxManifest = 8 << 20

// moduleOf is the layer with the module of the artifact whose manifest, or index of manifests, has
// that digest; nil if there is none.
func moduleOf(ctx context.Context, blobs content.ContentClient, digest string) (*descriptor, error) {
	var text strings.Builder
	if err := read(ctx, blobs, digest, &text, maxManifest); err != nil {
		return nil, err
	}
	var m struct{ Manifests, Layers []descriptor }
	if err := json.Unmarshal([]byte(text.String()), &m); err != nil {
		return nil, err
	}
	for _, l := range m.Layers {
		if image.IsModuleLayer(l.MediaType) {
			return &l, nil
		}
	}
	for _, d := range m.Manifests {
		if found, err := moduleOf(ctx, blobs, d.Digest); err == nil && found != nil { // of other platforms there may be none here
			return found, nil
		}
	}
	return nil, nil
}

// read writes the blob with that digest to w.
func read(ctx context.Context, blobs content.ContentClient, digest string, w io.Writer, most int64) error {
	stream, err := blobs.Read(ctx, &content.ReadContentRequest{Digest: digest})
	if err != nil {
		return err
	}
	hash := sha256.New()
	for n := int64(0); ; {
		part, err := stream.Recv()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if n += int64(len(part.Data)); n > most {
			return fmt.Errorf("%s is larger than %d bytes", digest, most)
		}
		hash.Write(part.Data)
		if _, err := w.Write(part.Data); err != nil {
			return err
		}
	}
	if got := "sha256:" + hex.EncodeToString(hash.Sum(nil)); got != digest {
		return fmt.Errorf("containerd's content is %s, not %s", got, digest)
	}
	return nil
}

// keep writes the module to a file below dir that is named for its digest, if it is not there.
func keep(ctx context.Context, blobs content.ContentClient, d *descriptor, dir string) (string, error) {
	const most = 256 << 20
	title := path.Base(d.Annotations["org.opencontainers.image.title"])
	if title == "." || title == ".." || title == "/" {
		title = "module.wasm"
	}
	sum, ok := strings.CutPrefix(d.Digest, "sha256:")
	if _, err := hex.DecodeString(sum); !ok || err != nil {
		return "", fmt.Errorf("no digest by SHA-256: %q", d.Digest)
	}
	dir = filepath.Join(dir, sum)
	kept := filepath.Join(dir, title)
	if _, err := os.Stat(kept); err == nil {
		now := time.Now()
		return kept, os.Chtimes(dir, now, now) // what has not been used for long is removed
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	f, err := os.CreateTemp(dir, ".new-")
	if err != nil {
		return "", err
	}
	defer os.Remove(f.Name())
	if err := errors.Join(read(ctx, blobs, d.Digest, f, most), f.Close()); err != nil {
		return "", err
	}
	return kept, os.Rename(f.Name(), kept)
}
