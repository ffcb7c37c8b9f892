package skeleton

import (
	"cmp"
	"slices"

	"github.com/wazedge/wazedge/cache"
	"github.com/wazedge/wazedge/internal/engine"
	"github.com/wazedge/wazedge/internal/wasm"
)

// The image of a module is what its active data segments make of its memory. Cached
// in one piece it is mapped or read at once, where the engine would decode, copy
// and copy again tens of thousands of segments.

const (
	imagePage = 4096     // the image is made of whole pages
	imageGap  = 4        // pages between runs that do not make two of them
	imageRuns = 1 << 10  // runs at most
	imageMin  = 16 << 10 // bytes of segments that are worth it
)

// Image is the image of m, and whether it can stand for the active segments: the
// memory is m's own, there are no bounds that instantiation could find exceeded,
// and no start function that would see the memory without them.
func Image(m *wasm.Module) ([]cache.Run, bool) {
	if m.Start != nil || m.ImportedCount(wasm.ExternMemory) > 0 || len(m.Memories) != 1 {
		return nil, false
	}
	pages := m.Memories[0].Limits.Min
	if pages >= engine.MaxPages { // it cannot show a memory of 4 GiB
		return nil, false
	}
	size := pages * wasm.PageSize
	segments, total := []segment(nil), 0
	for _, s := range m.Datas.All() {
		if s.Mode != wasm.Active {
			continue
		}
		at, ok := constantOffset(s.Offset)
		if !ok || s.Memory != 0 || at > size || uint64(len(s.Init)) > size-at {
			return nil, false
		}
		if len(s.Init) > 0 {
			segments, total = append(segments, segment{at, s.Init}), total+len(s.Init)
		}
	}
	if total < imageMin {
		return nil, false
	}
	runs := runsOf(segments)
	image := 0
	for _, r := range runs {
		image += len(r.Bytes)
	}
	return runs, len(runs) <= imageRuns && image <= 2*total+imageMin
}

// segment is an active data segment.
type segment struct {
	at    uint64
	bytes []byte
}

// runsOf lays the segments out in runs of whole pages. Where segments overlap, the
// last one counts.
func runsOf(segments []segment) []cache.Run {
	spans := make([][2]uint64, len(segments)) // first page, and page behind the last
	for i, s := range segments {
		spans[i] = [2]uint64{s.at / imagePage, (s.at+uint64(len(s.bytes))-1)/imagePage + 1}
	}
	slices.SortFunc(spans, func(a, b [2]uint64) int { return cmp.Compare(a[0], b[0]) })
	merged := spans[:0]
	for _, s := range spans {
		if n := len(merged); n > 0 && s[0] <= merged[n-1][1]+imageGap {
			merged[n-1][1] = max(merged[n-1][1], s[1])
			continue
		}
		merged = append(merged, s)
	}
	runs := make([]cache.Run, len(merged))
	for i, s := range merged {
		runs[i] = cache.Run{At: int64(s[0] * imagePage), Bytes: make([]byte, (s[1]-s[0])*imagePage)}
	}
	for _, s := range segments {
		i, found := slices.BinarySearchFunc(runs, int64(s.at), func(r cache.Run, at int64) int { return cmp.Compare(r.At, at) })
		if !found {
			i--
		}
		copy(runs[i].Bytes[int64(s.at)-runs[i].At:], s.bytes)
	}
	return runs
}

// constantOffset is the offset of a segment, if it is nothing but a number.
func constantOffset(e wasm.Expr) (uint64, bool) {
	return wasm.IntegerConstant(e, wasm.Wasm3, func(uint32) (uint64, bool) { return 0, false })
}
