package image

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"sync/atomic"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// Progress is told how many of how many bytes have come or gone. The total may be 0 for as
// long as it is not known.
type Progress func(done, total int64)

// Pull gets the image ref from its registry into s. Everything is checked against its
// digest. A user's own credentials are those of Docker's configuration.
func (s Store) Pull(ctx context.Context, ref name.Reference, progress Progress) (v1.Image, error) {
	counted := &counter{progress: progress}
	options := []remote.Option{remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain), remote.WithTransport(counted)}
	described, err := remote.Get(ref, options...)
	if err != nil {
		return nil, err
	}
	img, err := choose(described)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", ref, err)
	}
	m, err := img.Manifest()
	if err != nil {
		return nil, err
	}
	total := m.Config.Size
	for _, l := range m.Layers {
		total += l.Size
	}
	counted.total.Store(total)
	counted.done.Store(0)
	if err := s.Put(ref.Name(), img); err != nil {
		return nil, err
	}
	return s.Get(ref.Name())
}

// choose is the image of described, of several the one that is most for us.
func choose(described *remote.Descriptor) (v1.Image, error) {
	if !described.MediaType.IsIndex() {
		return described.Image()
	}
	index, err := described.ImageIndex()
	if err != nil {
		return nil, err
	}
	m, err := index.IndexManifest()
	if err != nil {
		return nil, err
	}
	for _, platform := range []string{"wasip1/wasm", "wasi/wasm", "wasi/wasm32", "wasip2/wasm", "linux/" + runtime.GOARCH} {
		at := slices.IndexFunc(m.Manifests, func(d v1.Descriptor) bool {
			return d.MediaType.IsImage() && d.Platform != nil && d.Platform.OS+"/"+d.Platform.Architecture == platform
		})
		if at >= 0 {
			return index.Image(m.Manifests[at].Digest)
		}
	}
	return nil, fmt.Errorf("none of its %d images is for wasi/wasm or linux/%s", len(m.Manifests), runtime.GOARCH)
}

// Push sends the image of that name to its registry, and returns its digest.
func (s Store) Push(ctx context.Context, ref name.Reference, progress Progress) (v1.Hash, error) {
	img, err := s.Get(ref.Name())
	if err != nil {
		return v1.Hash{}, err
	}
	updates := make(chan v1.Update, 16)
	told := make(chan struct{})
	go func() {
		defer close(told)
		for u := range updates {
			if progress != nil {
				progress(u.Complete, u.Total)
			}
		}
	}()
	err = remote.Write(ref, img, remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain), remote.WithProgress(updates))
	<-told
	if err != nil {
		return v1.Hash{}, err
	}
	return img.Digest()
}

// counter is a transport that counts what comes.
type counter struct {
	progress    Progress
	done, total atomic.Int64
}

func (c *counter) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := remote.DefaultTransport.RoundTrip(r)
	if err == nil {
		response.Body = &counted{response.Body, c}
	}
	return response, err
}

type counted struct {
	io.ReadCloser
	c *counter
}

func (b *counted) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	done := b.c.done.Add(int64(n))
	if total := b.c.total.Load(); total > 0 && b.c.progress != nil {
		b.c.progress(min(done, total), total)
	}
	return n, err
}
