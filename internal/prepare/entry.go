package prepare

import (
	"time"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/internal/native"
	"github.com/wazedge/wazedge/internal/pipeline"
	"github.com/wazedge/wazedge/internal/skeleton"
	"github.com/wazedge/wazedge/internal/wasm"
)

// Source is the module that something was made of.
type Source struct {
	Module *wasm.Module
	Uses   wasm.Features // the proposals that it makes use of
	Name   string        // of its file, for people
	Size   int           // in bytes
}

// entryOf is the entry, to be cached under key, of what p has made of s: r, and the code of it.
func entryOf(p *pipeline.Plan, key cache.Key, s *Source, r *pipeline.Result, code native.Machine) *cache.Contents {
	c := &cache.Contents{
		Key: key, Code: cache.Artifact(code.Best), Origins: code.Places,
		Manifest: cache.Manifest{
			Plan: p.Describe(), Variant: p.Variant(), Name: s.Name, Size: int64(s.Size),
			Created: time.Now(), Uses: uint32(s.Uses), Guarded: native.Guarded(p.Optimize) && code.Best.Body != nil,
		},
	}
	segments, given := skeleton.SegmentsStay, skeleton.SegmentsStay
	if image, ok := skeleton.Image(r.Module); ok && r.Needs.Empty() {
		c.Image, segments, given = image, skeleton.SegmentsGo, skeleton.SegmentsGo
		if p.MeteringOf(s.Module).Active() {
			segments = skeleton.SegmentsEmpty // their offsets are charged for
		}
	}
	kept, err := r.In(skeleton.Of(s.Module, segments))
	if err != nil {
		c.Code, c.Origins, c.Manifest.Guarded = cache.Artifact(code.Engine), nil, false // nothing would say which second numbers there are
		return c
	}
	c.Skeleton = wasm.Encode(kept)
	if r.Module != s.Module || len(code.Kept) > 0 {
		c.Engine = wasm.Encode(native.Extend(skeleton.Of(r.Module, given), code.Kept))
	}
	return c
}
